// A cell in an S3 object: its ETag is the version, conditional PUTs swap it. Only on servers whose conditional writes
// were proven by the probe (lock/probe.ts).
import type { ObjectStore } from "../ports.ts";
import type { Cell } from "./cell.ts";

/** @param read the value of a text, or why it is none */
export function createObjectCell<T>(given: {
  objects: ObjectStore;
  key: string;
  read: (text: string) => { value: T } | { wrong: string };
  write: (value: T) => string;
}): Cell<T> {
  const { objects, key, read, write } = given;
  return {
    where: `${objects.where}/${key}`,
    read: async () => {
      const got = await objects.get(key);
      if (got.is !== "object") return got;
      const value = read(got.text);
      return "wrong" in value
        ? { is: "failed", why: value.wrong, passing: false }
        : { is: "value", value: value.value, version: got.etag };
    },
    compareAndSwap: async (value, version) => {
      const put = await objects.put(key, write(value), version === null ? "absent" : { etag: version });
      if (put.is === "stored") return { is: "written", version: put.etag };
      return put.is === "precondition" ? { is: "lost" } : put;
    },
  };
}
