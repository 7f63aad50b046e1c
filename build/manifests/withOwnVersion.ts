// Writes the version of package.json into the images of the base's Deployment, so that raising it is one edit.
import { VERSION } from "../../init/contract/version.ts";
import { BASE_REGISTRY } from "./base.ts";

const IMAGE = new RegExp(`(image: ${BASE_REGISTRY.replaceAll(".", "\\.")}/(?:init|webhook)):\\S+`, "g");

/** @param deployment the text of manifests/base/deployment.yaml */
export const withOwnVersion = (deployment: string): string => deployment.replace(IMAGE, `$1:${VERSION}`);
