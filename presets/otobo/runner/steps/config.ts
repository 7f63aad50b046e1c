// Kernel/Config.pm with the managed block: written in one piece, checked by Perl, and what it comes to after loading
// compared with the environment, value by value (docs/research/otobo.md#the-managed-block).
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describeFileError, isMissing } from "../../../../init/engine/reason.ts";
import { FILE_SETTINGS, PLAIN_SETTINGS } from "../../contract/settings.ts";
import { withBlock } from "../block.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import { VALUES, valuesAnswer } from "../probes/values.ts";
import type { StepImplementation } from "../step.ts";

const CONFIG = "Kernel/Config.pm";
/** What the image brings for containers, and for everything else. */
const DISTRIBUTED = ["Kernel/Config.pm.docker.dist", "Kernel/Config.pm.dist"];
const CA = "var/rollcall-s3-ca.pem";

export const config: StepImplementation = {
  run: async (otobo, { configBase }) => {
    const { home, env } = otobo;
    try {
      const base = await findConfigBase(home, configBase);
      if (base === null) return `${home} has no ${CONFIG} and none to begin with: it is not OTOBO's tree`;
      const written = withBlock(base.text);
      if ("why" in written) return `${base.path}: ${written.why}`;
      await writeWhole(join(home, CONFIG), written.text);
      // as the image's own script does: the documentation goes beside it
      const pod = await readOptionalText(join(home, "Kernel/Config.pod.dist"));
      if (pod !== null) await writeWhole(join(home, "Kernel/Config.pod"), pod);
      if (env["OTOBO_S3_CA"]) await writeWhole(join(home, CA), env["OTOBO_S3_CA"]);
      return null;
    } catch (error) {
      return `${join(home, CONFIG)} could not be written: ${describeFileError(error)}`;
    }
  },
  verify: async (otobo) => (await whyNotCurrent(otobo)) ?? (await whyNotPerl(otobo)) ?? whyOtherValues(otobo),
};

/** Where the block has been taken out by hand, or is an older version's. */
async function whyNotCurrent({ home }: Otobo): Promise<WhyNot> {
  const is = await readOptionalText(join(home, CONFIG));
  if (is === null) return `${home} has no ${CONFIG}`;
  const wanted = withBlock(is);
  if ("why" in wanted) return wanted.why;
  return wanted.text === is ? null : `${CONFIG} does not end with the managed block of this version`;
}

async function whyNotPerl({ home, start }: Otobo): Promise<WhyNot> {
  const folders = ["-I", home, "-I", `${home}/Kernel/cpan-lib`];
  const end = await start(["perl", ...folders, "-c", join(home, CONFIG)]);
  return describeOtoboEnd(`perl -c ${CONFIG}`, end);
}

async function whyOtherValues({ ask }: Otobo): Promise<WhyNot> {
  const pairs = [
    ...Object.entries(PLAIN_SETTINGS).map(([variable, key]) => `${variable}=${key}`),
    ...Object.entries(FILE_SETTINGS).map(([variable, key]) => `@${variable}=${key}`),
  ];
  const request = await ask(VALUES, valuesAnswer, ...pairs);
  if ("why" in request) return `${CONFIG} does not load: ${request.why}`;
  const { wrong } = request.answer;
  return wrong.length === 0
    ? null
    : `after loading these settings are others than given: ${wrong.join(", ")}`;
}

/** The user's own, else what is there already, else the image's. */
async function findConfigBase(
  home: string,
  configBase: string | null,
): Promise<{ path: string; text: string } | null> {
  const places =
    configBase === null ? [CONFIG, ...DISTRIBUTED].map((path) => join(home, path)) : [configBase];
  for (const path of places) {
    const text = await readOptionalText(path);
    if (text !== null) return { path, text };
  }
  if (configBase !== null)
    throw new Error(`${configBase} is not there: check the profile's config.configMapName`);
  return null;
}

/** Under its name a file is the old one or whole; what is the same is left alone, since the web watches its time. */
async function writeWhole(path: string, text: string): Promise<void> {
  if ((await readOptionalText(path)) === text) return;
  const temporary = `${path}.rollcall-incoming`;
  await fs.writeFile(temporary, text, { mode: 0o660 });
  await fs.rename(temporary, path);
}

async function readOptionalText(path: string): Promise<string | null> {
  try {
    return await fs.readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
