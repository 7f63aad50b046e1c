// A bucket with conditional writes as S3 defines them, or without them, like some servers.
import type { GetResult, PutResult } from "../../init/engine/ports.ts";

export class SimBucket {
  readonly #objects = new Map<string, { text: string; etag: string }>();
  #count = 0;
  /** which conditions it ignores */
  ignores: "none" | "absent" | "etag" | "both" = "none";
  writes = 0;

  text(key: string): string | undefined {
    return this.#objects.get(key)?.text;
  }

  remove(key: string): void {
    this.#objects.delete(key);
  }

  get(key: string): GetResult {
    const there = this.#objects.get(key);
    return there === undefined ? { is: "absent" } : { is: "object", ...there };
  }

  put(key: string, text: string, condition: "any" | "absent" | { etag: string }): PutResult {
    const there = this.#objects.get(key);
    const holds =
      condition === "any" || (condition === "absent" ? there === undefined : there?.etag === condition.etag);
    const kept =
      this.ignores === "none" || (this.ignores !== "both" && this.ignores !== formatCondition(condition));
    if (!holds && kept) return { is: "precondition" };
    const etag = `"${++this.#count}"`;
    this.writes += 1;
    this.#objects.set(key, { text, etag });
    return { is: "stored", etag };
  }
}

const formatCondition = (condition: "any" | "absent" | { etag: string }): string =>
  typeof condition === "string" ? condition : "etag";
