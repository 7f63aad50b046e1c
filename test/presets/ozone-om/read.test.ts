// The readers of a member's volume, on files that Ozone 2.2.0 wrote (recorded/, by the ring in
// test/presets/ozone-om/processes) and on files with all kinds of damage.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { computeGroupUuid } from "../../../init/contract/ring/group.ts";
import { LARGEST_FILE, readProperties } from "../../../presets/ozone-om/runner/read/properties.ts";
import { readRaftConf } from "../../../presets/ozone-om/runner/read/raftConf.ts";
import { readRaftMeta } from "../../../presets/ozone-om/runner/read/raftMeta.ts";
import { readVersion } from "../../../presets/ozone-om/runner/read/version.ts";
import { encodeConf } from "./encodeConf.ts";

const recorded = (name: string) => readFile(new URL(`recorded/${name}`, import.meta.url));

describe("the group's folder", () => {
  it("is named by Java's name UUID of the service id", () => {
    assert.equal(computeGroupUuid("omservice"), "5cb24680-b9e7-3c90-a862-d66704efc61c");
    assert.equal(computeGroupUuid("cluster1"), "fb56c6cf-da5b-3fd1-b669-7c125dc11863");
  });
});

describe("VERSION", () => {
  it("is read as Ozone writes it", async () => {
    assert.deepEqual(readVersion(String(await recorded("VERSION"))), {
      clusterID: "CID-e24c9ab2-593b-4b92-ab0f-c9c31e84ef2f",
      omUuid: "f45dfb5f-ecd5-455c-bab8-2e0cd5c709b3",
      nodeId: "om-1",
    });
  });

  it("may lack only the node id", () => {
    const whole = ["nodeType=OM", "clusterID=CID-1", "omUuid=u"];
    assert.deepEqual(readVersion(whole.join("\n")), { clusterID: "CID-1", omUuid: "u", nodeId: null });
    const says = (lines: string[]) => readVersion(lines.join("\n"));
    assert.deepEqual(says(whole.slice(1)), { broken: "its nodeType is missing, not OM" });
    assert.deepEqual(says(["nodeType=SCM", ...whole.slice(1)]), { broken: "its nodeType is SCM, not OM" });
    assert.deepEqual(says(whole.slice(0, 2)), { broken: "it has no omUuid" });
    assert.deepEqual(says([...whole, "clusterID="]), { broken: "it has no clusterID" });
  });
});

describe("a file of a member's volume", () => {
  it("is not parsed if it is larger than any of Ozone", () => {
    const long = "x".repeat(LARGEST_FILE);
    const version = `nodeType=OM\nclusterID=CID-1\nomUuid=${long}\n`;
    assert.deepEqual(readVersion(version), { broken: "it is larger than 128 KiB" });
    assert.equal(readRaftMeta(`term=17\nvotedFor=${long}\n`), null);
    const bytes = Buffer.from(long + long);
    assert.deepEqual(readRaftConf(bytes), { broken: "it is larger than 128 KiB" });
  });
});

describe("Java Properties", () => {
  const read = (text: string) => Object.fromEntries(readProperties(text));

  it("are parsed like java.util.Properties: escapes, separators, comments and continued lines", () => {
    assert.deepEqual(
      read(
        "#c\n! c\n\n a = 1\nb:2\nc 3\nd\\=e=f\\:g\nu=\\u00e9\\t.\nlong=one \\\n   two\nodd\\\\=x\nbare\r\nlast=\\",
      ),
      { a: "1", b: "2", c: "3", "d=e": "f:g", u: "é\t.", long: "one two", "odd\\": "x", bare: "", last: "" },
    );
  });

  it("decode any text that Java has escaped", () => {
    const plain = /^[-A-Za-z0-9_.]$/;
    const escaped = (text: string): string =>
      text
        .split("")
        .map((char) => (plain.test(char) ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`))
        .join("");
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
          fc.string({ unit: "binary", maxLength: 8 }),
          {
            maxKeys: 4,
          },
        ),
        (all) => {
          const text = Object.entries(all).map(([key, value]) => `${escaped(key)}=${escaped(value)}\n`);
          assert.deepEqual(new Map(readProperties(text.join(""))), new Map(Object.entries(all)));
        },
      ),
    );
  });
});

describe("raft-meta", () => {
  it("is read as Ratis writes it, and corrupt if the term is incomplete", async () => {
    assert.deepEqual(readRaftMeta(String(await recorded("raft-meta"))), { term: 1, votedFor: "" });
    assert.deepEqual(readRaftMeta("votedFor=om-2\nterm=17\n"), { term: 17, votedFor: "om-2" });
    for (const corrupt of ["", "#\n#Tue Nov", "votedFor=\nter", "term=", "term=x"])
      assert.equal(readRaftMeta(corrupt), null);
  });
});

describe("raft-meta.conf", () => {
  it("is read as Ratis writes it: one member, joint, two members", async () => {
    const two = ["om-0", "om-1"];
    assert.deepEqual(readRaftConf(await recorded("one.conf")), {
      term: 1,
      index: 0,
      peers: ["om-0"],
      oldPeers: [],
    });
    assert.deepEqual(readRaftConf(await recorded("joint.conf")), {
      term: 1,
      index: 1,
      peers: two,
      oldPeers: ["om-0"],
    });
    assert.deepEqual(readRaftConf(await recorded("two.conf")), {
      term: 1,
      index: 2,
      peers: two,
      oldPeers: [],
    });
  });

  it("is corrupt if truncated at any byte", async () => {
    const whole = await recorded("joint.conf");
    for (let length = 0; length < whole.length; length += 1) {
      const read = readRaftConf(whole.subarray(0, length));
      assert.ok("broken" in read, `${length} bytes were taken for whole`);
    }
  });

  it("round-trips any configuration, and never throws on arbitrary bytes", () => {
    const ids = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 9 });
    const number = fc.nat({ max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        ids,
        fc.array(fc.string({ minLength: 1 })),
        number,
        number,
        (peers, oldPeers, term, index) => {
          const conf = { term, index, peers, oldPeers };
          assert.deepEqual(readRaftConf(encodeConf(conf)), conf);
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readRaftConf(bytes) !== null));
  });
});
