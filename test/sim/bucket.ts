// A bucket with conditional writes as S3 defines them, or without them, as some servers have it.
import type { Got, Put } from "../../init/engine/ports.ts";

export class Bucket {
  readonly #objects = new Map<string, { text: string; etag: string }>();
  #count = 0;
  readonly ignoresConditions: boolean;
  writes = 0;

  constructor(ignoresConditions = false) {
    this.ignoresConditions = ignoresConditions;
  }

  text(key: string): string | undefined {
    return this.#objects.get(key)?.text;
  }

  get(key: string): Got {
    const there = this.#objects.get(key);
    return there === undefined ? { is: "absent" } : { is: "object", ...there };
  }

  put(key: string, text: string, condition: "any" | "absent" | { etag: string }): Put {
    const there = this.#objects.get(key);
    const holds =
      condition === "any" ||
      (condition === "absent" ? there === undefined : there?.etag === condition.etag);
    if (!holds && !this.ignoresConditions) return { is: "precondition" };
    const etag = `"${++this.#count}"`;
    this.writes += 1;
    this.#objects.set(key, { text, etag });
    return { is: "stored", etag };
  }
}
