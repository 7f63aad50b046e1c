// The folder Kernel/Config/Files/ of an OTOBO in S3: lists its files and adds files.
import assert from "node:assert/strict";
import { openObjects } from "../../../../init/world/openObjects.ts";
import { openTree } from "../../../../init/world/tree.ts";
import { KEY_ENV, placeAt } from "../../../init/world/s3/place.ts";

export interface OtoboBucket {
  /** URL of the S3 server */
  url: string;
  /** the prefix for /opt/otobo */
  prefix: string;
  /** adds a new file */
  put(name: string, text: string): Promise<void>;
  /** "NAME SIZE SECONDS", sorted */
  list(): Promise<string[]>;
}

export function openBucket(url: string, prefix: string): OtoboBucket {
  const folder = `${prefix}/Kernel/Config/Files/`;
  const objects = openObjects(placeAt(url), KEY_ENV);
  const tree = openTree(placeAt(url), KEY_ENV);
  return {
    url,
    prefix,
    put: async (name, text) => {
      const put = await (await objects).put(`${folder}${name}`, text, "absent");
      assert.equal(put.is, "stored", JSON.stringify(put));
    },
    list: async () => {
      const listed = await tree.list(folder);
      assert.ok("objects" in listed, JSON.stringify(listed));
      return listed.objects
        .map(({ key, size, seconds }) => `${key.slice(folder.length)} ${size} ${seconds}`)
        .sort();
    },
  };
}
