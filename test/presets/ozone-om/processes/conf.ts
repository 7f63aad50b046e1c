// Ozone's configuration for processes on loopback: the same static superset for all members
// (docs/research/ozone.md#static-superset), with different ports instead of addresses.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

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

/** The settings of one process. @param id null: of an SCM or a client */
function settings(ports: Ports, data: string, id: string | null): Record<string, string> {
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
  };
}

const LOG = `log4j.rootLogger=INFO,stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %c{1}: %m%n
`;

/** Writes the folder for OZONE_CONF_DIR. */
export async function writeConf(given: {
  folder: string;
  ports: Ports;
  data: string;
  id: string | null;
}): Promise<string> {
  const { folder, ports, data, id } = given;
  await mkdir(folder, { recursive: true });
  const properties = Object.entries(settings(ports, data, id)).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`,
  );
  await writeFile(
    join(folder, "ozone-site.xml"),
    `<configuration>${properties.join("\n")}</configuration>\n`,
  );
  await writeFile(join(folder, "log4j.properties"), LOG);
  return folder;
}
