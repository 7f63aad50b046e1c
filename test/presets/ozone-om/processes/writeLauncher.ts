// The command `ozone` of these tests: starts a main class of the jars with the flags of Ozone's own scripts
// (docs/research/ozone.md#measured-with-processes), with a small heap, and notes its process id, since a killed runner
// leaves its daemon behind, unlike a container.
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

const OPEN = ["java.base/java.nio", "java.base/java.lang", "java.base/java.lang.reflect"];
const JMX = "java.management/com.sun.jmx.mbeanserver";

const FLAGS = [
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  ...[...OPEN, JMX].flatMap((each) => ["--add-opens", `${each}=ALL-UNNAMED`]),
  "--add-exports",
  `${JMX}=ALL-UNNAMED`,
  "-Dorg.apache.ratis.thirdparty.io.netty.tryReflectionSetAccessible=true",
];

/** Writes the script; OZONE_CONF_DIR selects the configuration, with further flags in java.args. */
export async function writeLauncher(given: { home: string; jars: string; pids: string }): Promise<string> {
  const { home, jars, pids } = given;
  const path = join(home, "ozone");
  const script = `#!/bin/sh
case $1 in
om) main=org.apache.hadoop.ozone.om.OzoneManagerStarter heap=256m ;;
scm) main=org.apache.hadoop.hdds.scm.server.StorageContainerManagerStarter heap=256m ;;
admin) main=org.apache.hadoop.ozone.admin.OzoneAdmin heap=128m ;;
version) main=org.apache.hadoop.ozone.util.OzoneVersionInfo heap=64m ;;
client) main=${join(import.meta.dirname, "Client.java")} heap=192m ;;
*) echo "no such command: $1" >&2; exit 2 ;;
esac
shift
touch ${pids}/$$
exec java -Xmx$heap @"$OZONE_CONF_DIR/java.args" ${FLAGS.join(" ")} -cp "$OZONE_CONF_DIR:${jars}/*" "$main" "$@"
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}
