// A member's volume on a real folder, written as Ozone and Ratis write it.
import { cpSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { computeGroupUuid } from "../../../init/contract/ring/group.ts";
import { realFiles } from "../../../init/world/files.ts";
import { realTrees } from "../../../init/world/realTrees.ts";
import type { PlanOzone } from "../../../presets/ozone-om/contract/plan.ts";
import type { RaftConf } from "../../../presets/ozone-om/runner/read/raftConf.ts";
import { encodeConf } from "./encodeConf.ts";

export const RAFT_GROUP: string = computeGroupUuid("omservice");
export const READER = { ...realTrees, readText: realFiles.readText };

export interface RingVolume {
  readonly root: string;
  readonly metadata: PlanOzone["metadata"];
  /** writes a file of the volume, and its folders */
  write(path: string, content: string | Uint8Array): Promise<void>;
  init(changes?: { clusterID?: string; nodeId?: string }): Promise<void>;
  database(): Promise<void>;
  /** writes raft-meta, and raft-meta.conf if a configuration is given */
  raft(conf: Partial<RaftConf> | null, ratis?: string): Promise<void>;
  /** writes everything, as of a member of these peers */
  whole(peers: readonly string[], oldPeers?: readonly string[]): Promise<void>;
  /** another volume with the same files */
  copy(): Promise<RingVolume>;
  remove(): Promise<void>;
}

export async function makeRingVolume(): Promise<RingVolume> {
  const root = await mkdtemp(join(tmpdir(), "rollcall-ozone-"));
  const volume: RingVolume = {
    root,
    metadata: { dirs: root, dbDirs: root, ratisDir: null },
    write: async (path, content) => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    },
    init: ({ clusterID = "CID-1", nodeId = "om-1" } = {}) =>
      volume.write(
        "om/current/VERSION",
        `#now\ncTime=1\nclusterID=${clusterID}\nomUuid=u-1\nnodeType=OM\nlayoutVersion=9\nnodeId=${nodeId}\n`,
      ),
    database: () => volume.write("om.db/CURRENT", "MANIFEST-000001\n"),
    raft: async (conf, ratis = "om.ratis") => {
      await volume.write(`${ratis}/${RAFT_GROUP}/current/raft-meta`, "#\n#now\nvotedFor=\nterm=1\n");
      await volume.write(`${ratis}/${RAFT_GROUP}/current/log_inprogress_0`, "");
      if (conf === null) return;
      const bytes = encodeConf({ term: 1, index: 2, peers: [], oldPeers: [], ...conf });
      await volume.write(`${ratis}/${RAFT_GROUP}/current/raft-meta.conf`, bytes);
    },
    whole: async (peers, oldPeers = []) => {
      await volume.init();
      await volume.database();
      await volume.raft({ peers, oldPeers });
    },
    copy: async () => {
      const twin = await makeRingVolume();
      cpSync(root, twin.root, { recursive: true });
      return twin;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
  return volume;
}
