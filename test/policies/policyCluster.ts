// A real API server with the base and a namespace shop, as the tests of the webhook use it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { REPOSITORY_ROOT } from "../webhook/cli/cli.ts";
import type { RealApiServer } from "./apiServer.ts";

export class PolicyCluster {
  readonly api: RealApiServer;
  readonly #probe: object;

  /** @param probe a labelled StatefulSet that the webhook allows */
  constructor(api: RealApiServer, probe: object) {
    this.api = api;
    this.#probe = probe;
  }

  async must(words: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.api.kubectl("admin", words, input);
    assert.equal(code, 0, `kubectl ${words.join(" ")}: ${stderr}`);
    return stdout;
  }
  try = (words: readonly string[], input?: string) => this.api.kubectl("admin", words, input);
  inShop = (...words: string[]): Promise<string> => this.must(["-n", "shop", ...words]);
  create = (object: object) => this.try(["create", "-f", "-"], JSON.stringify(object));

  /** Applies the base and a namespace shop whose pods may use the account default. */
  async prepare(): Promise<void> {
    await this.must(["apply", "-k", join(REPOSITORY_ROOT, "manifests/base")]);
    await this.must(["create", "namespace", "shop"]);
    await this.inShop("create", "serviceaccount", "default");
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await holds()); tries += 1) {
      assert.ok(tries < 150, `never: ${what}`);
      await pause(200);
    }
  }

  /** Waits until the webhook answers a labelled StatefulSet: the API server then has its CA and its endpoint. */
  answered(): Promise<void> {
    return this.until("the webhook is reached", async () => {
      const { stderr } = await this.try(
        ["create", "--dry-run=server", "-f", "-"],
        JSON.stringify(this.#probe),
      );
      return /RC118 understood/.test(stderr);
    });
  }
}
