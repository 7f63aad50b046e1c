// Ozone's configuration for processes on loopback: the same static superset for all members
// (docs/research/ozone.md#static-superset), with different ports instead of addresses.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Keystore } from "./keystores.ts";
import { formatMemberAddress, formatMemberName } from "./names.ts";

export const SERVICE_ID = "omservice";

export interface Ports {
  readonly scm: {
    client: number;
    block: number;
    datanode: number;
    security: number;
    http: number;
    ratis: number;
    grpc: number;
  };
  /** by ordinal */
  readonly members: readonly { rpc: number; ratis: number; http: number; https: number }[];
}

/** Where the web server of a member is. */
export function formatMemberUrl({ members }: Ports, ordinal: number, isSecure: boolean): string {
  const { http, https } = members[ordinal] ?? {};
  return isSecure ? `https://${formatMemberAddress(ordinal)}:${https}` : `http://localhost:${http}`;
}

export const formatScmAddress = ({ scm }: Ports, isSecure: boolean): string =>
  `${isSecure ? "https" : "http"}://localhost:${scm.http}`;

/** The settings of web servers that speak nothing but HTTPS. */
function buildSecureSettings({ scm, members }: Ports): Record<string, string> {
  return {
    "ozone.http.policy": "HTTPS_ONLY",
    "ozone.scm.https-address": `localhost:${scm.http}`,
    ...Object.fromEntries(
      members.flatMap(({ https }, ordinal) => {
        const node = `${SERVICE_ID}.om-${ordinal}`;
        const address = formatMemberAddress(ordinal);
        return [
          [`ozone.om.https-address.${node}`, `${address}:${https}`],
          [`ozone.om.https-bind-host.${node}`, address],
        ];
      }),
    ),
  };
}

/** The settings of members that have names, as in a cluster, and one port for all. */
export function buildNamedSettings({ members }: Ports): Record<string, string> {
  return Object.fromEntries(
    members.map((_, ordinal) => [
      `ozone.om.address.${SERVICE_ID}.om-${ordinal}`,
      `${formatMemberName(ordinal)}:${members[0]?.rpc}`,
    ]),
  );
}

/** The settings of one process. @param id null: of an SCM or a client */
function settings(
  ports: Ports,
  { data, id, isSecure }: { data: string; id: string | null; isSecure: boolean },
): Record<string, string> {
  const { scm, members } = ports;
  const possibleMembers = members.map((_, ordinal) => `om-${ordinal}`);
  const at = (port: number): string => `localhost:${port}`;
  return {
    "ozone.metadata.dirs": data,
    "ozone.om.db.dirs": data,
    "ozone.scm.db.dirs": data,
    "ozone.scm.names": "localhost",
    "ozone.scm.client.address": at(scm.client),
    "ozone.scm.block.client.address": at(scm.block),
    "ozone.scm.datanode.port": String(scm.datanode),
    "ozone.scm.security.service.port": String(scm.security),
    "ozone.scm.http-address": at(scm.http),
    "ozone.scm.ratis.port": String(scm.ratis),
    "ozone.scm.grpc.port": String(scm.grpc),
    "ozone.scm.ratis.enable": "true",
    "hdds.scm.safemode.enabled": "false",
    "ozone.administrators": "*",
    "ozone.om.service.ids": SERVICE_ID,
    "ozone.om.s3.grpc.server_enabled": "false",
    [`ozone.om.nodes.${SERVICE_ID}`]: possibleMembers.join(","),
    ...(id === null ? {} : { "ozone.om.node.id": id }),
    ...Object.fromEntries(
      members.flatMap(({ rpc, ratis, http, https }, ordinal) => {
        const node = `${SERVICE_ID}.om-${ordinal}`;
        return [
          [`ozone.om.address.${node}`, at(rpc)],
          [`ozone.om.ratis.port.${node}`, String(ratis)],
          [`ozone.om.http-address.${node}`, at(http)],
          [`ozone.om.https-address.${node}`, at(https)],
        ];
      }),
    ),
    ...(isSecure ? buildSecureSettings(ports) : {}),
  };
}

const LOG = `log4j.rootLogger=INFO,stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %c{1}: %m%n
`;

function formatConfiguration(settings: Readonly<Record<string, string>>): string {
  const properties = Object.entries(settings).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`,
  );
  return `<configuration>${properties.join("\n")}</configuration>\n`;
}

/** Writes the folder for OZONE_CONF_DIR. */
export async function writeConf(given: {
  folder: string;
  ports: Ports;
  data: string;
  id: string | null;
  /** null: HTTP */
  keystore: Keystore | null;
  /** further settings, which replace others @default none */
  more?: Readonly<Record<string, string>>;
  /** the file by which the JVM resolves all names; null: the system's @default null */
  hosts?: string | null;
}): Promise<string> {
  const { folder, ports, data, id, keystore, more = {}, hosts = null } = given;
  await mkdir(folder, { recursive: true });
  const site = { ...settings(ports, { data, id, isSecure: keystore !== null }), ...more };
  await writeFile(join(folder, "java.args"), hosts === null ? "" : `-Djdk.net.hosts.file=${hosts}\n`);
  await writeFile(join(folder, "ozone-site.xml"), formatConfiguration(site));
  if (keystore !== null) {
    await writeFile(join(folder, "keystore.p12"), keystore.pkcs12);
    await writeFile(
      join(folder, "ssl-server.xml"),
      formatConfiguration({
        "ssl.server.keystore.location": join(folder, "keystore.p12"),
        "ssl.server.keystore.type": "PKCS12",
        "ssl.server.keystore.password": keystore.password,
        "ssl.server.keystore.keypassword": keystore.password,
      }),
    );
  }
  await writeFile(join(folder, "log4j.properties"), LOG);
  return folder;
}
