// Part `upgrade`: from a release to this checkout and back, on a cluster of its own, while pods are created all the time.
//   ROLLCALL_FROM=REF   the release, a tag or commit @default v0.2.0
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ClusterError } from "../e2e/cluster/failure.ts";
import { load } from "../e2e/cluster/provider.ts";
import { CHECKOUT_ROOT, loadImages } from "../e2e/harness/rollcall.ts";
import { formatTally, runSuites } from "../e2e/harness/suites.ts";
import { prepareOzoneImage } from "../presets/ozone-om/cluster/run.ts";
import { loadCheckoutImages } from "./hostileLoad/setup.ts";
import { runOnOwnCluster } from "./runOnOwnCluster.ts";
import { OLD_CHECKOUT } from "./upgrade/versions.ts";

const FROM = process.env["ROLLCALL_FROM"] ?? "v0.2.0";

/** One after the other, since each changes the installed version. */
const SUITES = ["test/full/upgrade/generic.e2e.ts", "test/full/upgrade/ring.e2e.ts"];

const run = promisify(execFile);

const readVersion = async (checkout: string): Promise<string> =>
  (JSON.parse(await readFile(join(checkout, "package.json"), "utf8")) as { version: string }).version;

/** Checks the release out into `folder`. @throws ClusterError if it does not exist, or has this checkout's version */
async function checkOut(folder: string, log: (line: string) => void): Promise<void> {
  const git = (...words: string[]) => run("git", ["-C", CHECKOUT_ROOT, ...words]);
  await git("worktree", "add", "--detach", folder, FROM).catch(() => {
    throw new ClusterError(`${FROM} cannot be checked out: fetch its tag, or set ROLLCALL_FROM`);
  });
  const [old, present] = await Promise.all([folder, CHECKOUT_ROOT].map(readVersion));
  if (old === present)
    throw new ClusterError(
      `${FROM} and this checkout both have version ${old}, so their images have one name`,
    );
  log(`from ${old} to ${present} and back; npm ci of ${old}`);
  await run("npm", ["ci", "--ignore-scripts"], { cwd: folder });
}

await runOnOwnCluster("upgrade", async ({ start, signal, log }) => {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-upgrade-"));
  const checkout = join(folder, "checkout");
  try {
    await checkOut(checkout, log);
    const ozone = await prepareOzoneImage(signal);
    const cluster = await start();
    await loadCheckoutImages(checkout, log);
    await loadImages(join(CHECKOUT_ROOT, "dist/images"), log);
    await load(ozone);
    process.env[OLD_CHECKOUT] = checkout;
    const tally = await runSuites({ files: SUITES, atOnce: 1, cluster, stop: signal, log });
    console.log(formatTally(tally));
    return tally.failed === 0 && tally.skipped === 0 && tally.passed > 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await run("git", ["-C", CHECKOUT_ROOT, "worktree", "prune"]);
  }
});
