// Kernel/Config.pm with the managed block: written atomically, checked by Perl, and the loaded settings compared with
// the environment (docs/research/otobo.md#the-managed-block).
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describeFileError, isMissing } from "../../../../init/engine/failure.ts";
import { FILE_SETTINGS, PLAIN_SETTINGS } from "../../contract/settings.ts";
import { withBlock } from "../block.ts";
import { describeOtoboEnd, type Otobo, type WhyNot } from "../otobo.ts";
import { VALUES, valuesAnswer } from "../probes/values.ts";
import type { StepImplementation } from "../step.ts";

const CONFIG = "Kernel/Config.pm";
/** The image's templates, for containers and for other installations. */
const DISTRIBUTED = ["Kernel/Config.pm.docker.dist", "Kernel/Config.pm.dist"];
const CA = "var/rollcall-s3-ca.pem";

export const config: StepImplementation = {
  run: async (otobo, { configBase }) => {
    const { home, env } = otobo;
    try {
      const base = await findConfigBase(home, configBase);
      if (base === null)
        return `${home} has neither ${CONFIG} nor a template for it, so it is not OTOBO's tree`;
      const written = withBlock(base.text);
      if ("why" in written) return `${base.path}: ${written.why}`;
      await writeWhole(join(home, CONFIG), written.text);
      // like the image's script, copy the documentation beside it
      const pod = await readOptionalText(join(home, "Kernel/Config.pod.dist"));
      if (pod !== null) await writeWhole(join(home, "Kernel/Config.pod"), pod);
      if (env["OTOBO_S3_CA"]) await writeWhole(join(home, CA), env["OTOBO_S3_CA"]);
      return null;
    } catch (error) {
      return `cannot write ${join(home, CONFIG)}: ${describeFileError(error)}`;
    }
  },
  verify: async (otobo) => (await checkBlock(otobo)) ?? (await checkSyntax(otobo)) ?? checkValues(otobo),
};

/** Checks that the block was not removed by hand, and is of this version. */
async function checkBlock({ home }: Otobo): Promise<WhyNot> {
  const is = await readOptionalText(join(home, CONFIG));
  if (is === null) return `${home} has no ${CONFIG}`;
  const wanted = withBlock(is);
  if ("why" in wanted) return wanted.why;
  return wanted.text === is ? null : `${CONFIG} does not end with the managed block of this version`;
}

async function checkSyntax({ home, start }: Otobo): Promise<WhyNot> {
  const folders = ["-I", home, "-I", `${home}/Kernel/cpan-lib`];
  const end = await start(["perl", ...folders, "-c", join(home, CONFIG)]);
  return describeOtoboEnd(`perl -c ${CONFIG}`, end);
}

async function checkValues({ ask }: Otobo): Promise<WhyNot> {
  const pairs = [
    ...Object.entries(PLAIN_SETTINGS).map(([variable, key]) => `${variable}=${key}`),
    ...Object.entries(FILE_SETTINGS).map(([variable, key]) => `@${variable}=${key}`),
  ];
  const request = await ask(VALUES, valuesAnswer, ...pairs);
  if ("why" in request) return `${CONFIG} does not load: ${request.why}`;
  const { wrong } = request.answer;
  return wrong.length === 0 ? null : `these loaded settings differ from the environment: ${wrong.join(", ")}`;
}

/** The user's Config.pm, else the existing one, else the image's. */
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
    throw new Error(
      `${configBase} does not exist: check that the profile's config names an object with this key`,
    );
  return null;
}

/** Replaces a file atomically. An unchanged file is not touched, because the web server watches its time. */
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
