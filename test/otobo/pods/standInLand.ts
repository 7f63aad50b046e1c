// The stand-in's tree and its state, with a real S3 server.
import { startVersitygw } from "../../s3/versitygw.ts";
import { FAQ, makeOtobo } from "../tree.ts";
import { openBucket } from "./bucket.ts";
import { type Land, s3Env } from "./land.ts";

/** The package of which a test hinders a file. */
const PACKAGE = {
  ...FAQ,
  name: "RollcallTest",
  files: [
    {
      location: "Kernel/Modules/RollcallTest/One.pm",
      content: "package Kernel::Modules::RollcallTest::One;\n1;\n",
    },
  ],
};

export async function standInLand(context: Mocha.Context): Promise<Land> {
  const server = await startVersitygw(context);
  const rig = await makeOtobo();
  const first = await rig.state();
  let round = 0;
  let bucket = openBucket(server.url, "OTOBO-0");
  return {
    folder: rig.folder,
    next: rig.next,
    get bucket() {
      return bucket;
    },
    pod: async (ordinal) => {
      const { home, env } = await rig.pod(ordinal, `round-${round}`);
      return { ordinal, home, env: { ...env, ...(await s3Env(rig.folder, bucket)) } };
    },
    hasRebuildRow: async () => (await rig.state()).rebuildRow !== 0,
    reset: async ({ rebuildSeconds = 0 } = {}) => {
      round += 1;
      bucket = openBucket(server.url, `OTOBO-${round}`);
      await rig.change({ ...first, packages: [FAQ, PACKAGE], rebuildSeconds });
    },
    remove: async () => {
      await rig.remove();
      await server.stop();
    },
  };
}
