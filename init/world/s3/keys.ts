// Reads the S3 keys from the source that the plan names.
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { readErrorCode } from "../../contract/network.ts";
import { S3_KEYS, type S3Place } from "../../contract/s3.ts";
import { isMissing } from "../../engine/failure.ts";
import { readBoundedText } from "../files.ts";

export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** `keys` null: the SDK finds them; `missing`: a sentence that names a variable or a file, never a value. */
export type KeysRead = { keys: S3Keys | null } | { missing: string };

export type KeyEnv = Readonly<Record<string, string | undefined>>;

/** Reads the current keys: a mounted Secret may change while the runner waits. */
export async function readKeys(from: S3Place["credentials"], env: KeyEnv): Promise<KeysRead> {
  switch (from.from) {
    case "env":
      return fromEnv(from, env);
    case "files":
      return fromFolder(from.folder);
    case "default":
      return { keys: null };
  }
}

type KeyNames = Record<keyof typeof S3_KEYS, string>;

function fromEnv(names: KeyNames, env: KeyEnv): KeysRead {
  const missing = [names.accessKeyId, names.secretAccessKey].filter((name) => !env[name]);
  if (missing.length > 0)
    return { missing: `the S3 keys are missing: ${missing.join(" and ")} not set in this container` };
  return {
    keys: buildKeys(env[names.accessKeyId], env[names.secretAccessKey], env[names.sessionToken]),
  };
}

async function fromFolder(folder: string): Promise<KeysRead> {
  const first = await readFolder(folder);
  // retried once, because the kubelet may remove the old files while they are read
  return "missing" in first ? readFolder(folder) : first;
}

async function readFolder(folder: string): Promise<KeysRead> {
  // read all three from one version: the kubelet replaces a Secret's files atomically through the link ..data
  const version = await realpath(join(folder, "..data")).catch(() => folder);
  const read = async (name: string): Promise<string | { missing: string }> => {
    try {
      const text = (await readBoundedText(join(version, name), { links: true })).trim();
      return text === "" ? { missing: `${join(folder, name)} is empty` } : text;
    } catch (error) {
      const why = isMissing(error) ? "does not exist" : `cannot be read (${readErrorCode(error)})`;
      return { missing: `${join(folder, name)} ${why}` };
    }
  };
  const accessKeyId = await read(S3_KEYS.accessKeyId);
  const secretAccessKey = await read(S3_KEYS.secretAccessKey);
  const sessionToken = await read(S3_KEYS.sessionToken);
  if (typeof accessKeyId !== "string") return absent(accessKeyId.missing);
  if (typeof secretAccessKey !== "string") return absent(secretAccessKey.missing);
  return {
    keys: buildKeys(
      accessKeyId,
      secretAccessKey,
      typeof sessionToken === "string" ? sessionToken : undefined,
    ),
  };
}

const absent = (what: string): KeysRead => ({
  missing: `the S3 keys are missing: ${what}; check the Secret`,
});

function buildKeys(id = "", secret = "", token = ""): S3Keys {
  const keys = { accessKeyId: id.trim(), secretAccessKey: secret.trim() };
  return token.trim() === "" ? keys : { ...keys, sessionToken: token.trim() };
}
