// Compares versions of Rollcall.
import assert from "node:assert/strict";
import { isNewerVersion } from "../../../webhook/cluster/isNewerVersion.ts";

describe("versions", () => {
  it("are ordered as in semver.org", () => {
    const order = [
      "0.1.9",
      "0.2.0-alpha",
      "0.2.0-alpha.1",
      "0.2.0-alpha.beta",
      "0.2.0-rc.2",
      "0.2.0-rc.10",
      "0.2.0",
      "0.10.0",
      "1.0.0",
    ];
    for (const [at, one] of order.entries())
      for (const [against, other] of order.entries())
        assert.equal(isNewerVersion(one, other), at > against, `${one} ${other}`);
  });

  it("are not newer than an invalid version, nor than another build of the same version", () => {
    assert.equal(isNewerVersion("0.2.0+b", "0.2.0+a"), false);
    for (const no of ["", "0.2", "v0.2.0", "0.2.0.1", "latest", "9".repeat(30)]) {
      assert.equal(isNewerVersion("1.0.0", no), false);
      assert.equal(isNewerVersion(no, "0.1.0"), false);
    }
  });
});
