// Runs instead of runc in dockerd.ts's daemon, and calls runc with the same arguments. runc refuses a privileged
// container ("unable to apply caps") if the bounding set lacks a capability such as CAP_SYS_RESOURCE.
import { readFile, writeFile } from "node:fs/promises";
import { findProcessFile, limitCapabilities, type OciProcess, readBoundingSet } from "./capabilities.ts";

const file = findProcessFile(process.argv.slice(2));
if (file !== null) {
  const available = readBoundingSet(await readFile("/proc/self/status", "utf8"));
  const spec = JSON.parse(await readFile(file.path, "utf8")) as OciProcess & { process?: OciProcess };
  const limited = file.isBundle
    ? { ...spec, process: limitCapabilities(spec.process ?? {}, available) }
    : limitCapabilities(spec, available);
  await writeFile(file.path, JSON.stringify(limited));
}
