// A cell in an S3 object, with the ETag as its version and conditional PUTs. Only for servers on which the probe has
// proven conditional writes (lock/probe.ts).
import type { ObjectStore } from "../ports.ts";
import type { Cell } from "./cell.ts";

/** @param options.read parses the object's text, or says why it is invalid */
export function createObjectCell<T>(options: {
  objects: ObjectStore;
  key: string;
  read: (text: string) => { value: T } | { wrong: string };
  write: (value: T) => string;
}): Cell<T> {
  const { objects, key, read, write } = options;
  return {
    where: `${objects.where}/${key}`,
    read: async () => {
      const got = await objects.get(key);
      if (got.is !== "object") return got;
      const value = read(got.text);
      return "wrong" in value
        ? { is: "failed", why: value.wrong, isTransient: false }
        : { is: "value", value: value.value, version: got.etag };
    },
    compareAndSwap: async (value, version) => {
      const put = await objects.put(key, write(value), version === null ? "absent" : { etag: version });
      if (put.is === "stored") return { is: "written", version: put.etag };
      return put.is === "precondition" ? { is: "lost" } : put;
    },
  };
}
