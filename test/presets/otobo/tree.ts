// A pod's OTOBO for tests: the stand-in's tree as in the image, an empty home, and a state in place of database and
// cache, which several pods may share.
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildImageTree } from "./image.ts";
import { UNPRIVILEGED_USER } from "./run.ts";

const STAND_IN = fileURLToPath(new URL("standIn", import.meta.url));
const SIGNER = fileURLToPath(new URL("signer/TestSigner.pm", import.meta.url));

/** The sources of makeTree. */
export const TREE_SOURCES: readonly string[] = [
  STAND_IN,
  SIGNER,
  fileURLToPath(new URL("image.ts", import.meta.url)),
];

export interface TreeState {
  [unknown: string]: unknown;
  up: boolean;
  password: string;
  /** number of rows of table valid; 0: an empty database */
  valid: number;
  finished: number;
  /** number of rows of table rollcall_install; null: there is no such table; a text: why it cannot be read */
  marker: number | string | null;
  secureMode: number;
  tables: string[];
  deployments: number[];
  settings: Record<string, string>;
  dirty: number;
  packages: Package[];
  online: boolean;
  /** the database's setting for the article storage; "": the default */
  articleStorage: string;
  /** number of rows of articles in the database */
  articleRows: number;
  /** number of package events */
  events: number;
  rebuildRow: number;
  /** names in the database, and how many changes of them are not deployed */
  acls: string[];
  aclDrafts: number;
  processes: string[];
  processDrafts: number;
  /** deployed translations: language, text, translation */
  translations: [string, string, string][];
  /** mails on a server, by their text; one that contains "bad" cannot be processed while badMails is set */
  mailbox: string[];
  badMails: boolean;
  /** texts of mails that became tickets */
  tickets: string[];
  /** OTOBO's virtual file system in the database: base64 by name */
  virtualFs: Record<string, string>;
  systemData: Record<string, string>;
  cache: Record<string, string>;
  scheduler_future_task: number[];
  scheduler_task: number[];
  /** "NODEID COMMAND" */
  ran: string[];
}

export interface Package {
  [unknown: string]: unknown;
  name: string;
  version: string;
  status: string;
  buildDate: string;
  files: { location: string; content: string; mode?: string }[];
  /** of the row: an upgrade replaces it */
  id?: number;
  /** the content in the database, if it is not a package */
  content?: string;
  /** its length, if the database says another one */
  bytes?: number;
  /** the database does not answer when its content is read */
  drops?: boolean;
  /** the parser takes so many seconds */
  hangs?: number;
  /** the parser takes so many times 64 MiB */
  hungry?: number;
}

export const FAQ: Package = {
  name: "FAQ",
  version: "11.0.1",
  status: "installed",
  buildDate: "2024-03-01 10:00:00",
  files: [
    { location: "Kernel/Modules/FAQ.pm", content: "package Kernel::Modules::FAQ;\n1;\n" },
    {
      location: "Kernel/Config/Files/XML/FAQ.xml",
      content:
        '<otobo_config version="2.0" init="Application"><Setting Name="FAQ::Item"><V/></Setting></otobo_config>\n',
    },
  ],
};

const INSTALLED: TreeState = {
  up: true,
  password: "right",
  valid: 3,
  finished: 1,
  marker: null,
  secureMode: 1,
  tables: ["valid", "ticket", "translation_item"],
  deployments: [7],
  settings: {},
  dirty: 0,
  packages: [FAQ],
  online: false,
  articleStorage: "",
  articleRows: 0,
  events: 0,
  rebuildRow: 0,
  acls: ["Ärger bleibt zu"],
  aclDrafts: 0,
  processes: ["Urlaub"],
  processDrafts: 0,
  translations: [],
  mailbox: [],
  badMails: true,
  tickets: [],
  virtualFs: {},
  systemData: {},
  cache: {},
  scheduler_future_task: [],
  scheduler_task: [],
  ran: [],
};

export interface OtoboRig {
  folder: string;
  next: string;
  state: () => Promise<TreeState>;
  change: (changes: Partial<TreeState>) => Promise<void>;
  /** a pod's own home and environment; the same folder again for a pod that is recreated */
  pod: (ordinal: number, name?: string) => Promise<{ home: string; env: Record<string, string> }>;
  remove: () => Promise<void>;
}

export async function makeOtobo(changes: Partial<TreeState> = {}): Promise<OtoboRig> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-otobo-"));
  await chmod(folder, 0o777);
  const next = join(folder, "otobo_next");
  await makeTree(next, UNPRIVILEGED_USER);
  const stateFile = join(folder, "state.json");
  const redis = await startRedis();
  const { port } = redis.address() as AddressInfo;
  await writeFile(join(folder, "password"), `${changes.password ?? INSTALLED.password}\n`);
  const rig: OtoboRig = {
    folder,
    next,
    state: async () => JSON.parse(await readFile(stateFile, "utf8")) as TreeState,
    change: async (more) => {
      // a watcher may read it at any moment
      const incoming = `${stateFile}.incoming`;
      await writeFile(incoming, JSON.stringify({ ...(await rig.state()), ...more }));
      await chmod(incoming, 0o666);
      await rename(incoming, stateFile);
    },
    pod: async (ordinal, name = "home") => {
      const home = join(folder, `${name}-${ordinal}`);
      await mkdir(home, { recursive: true });
      await chmod(home, 0o777);
      return {
        home,
        env: {
          STANDIN_STATE: stateFile,
          STANDIN_HOME: home,
          OTOBO_NODE_ID: String(ordinal + 1),
          OTOBO_DB_TYPE: "mysql",
          OTOBO_DB_HOST: "db.test",
          OTOBO_DB_PORT: "3306",
          OTOBO_DB_NAME: "otobo",
          OTOBO_DB_USER: "otobo",
          OTOBO_DB_PASSWORD_FILE: join(folder, "password"),
          OTOBO_ARTICLE_STORAGE: "Kernel::System::Ticket::Article::Backend::MIMEBase::ArticleStorageDB",
          OTOBO_REDIS_SERVER: `127.0.0.1:${port}`,
        },
      };
    },
    remove: async () => {
      redis.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await writeFile(stateFile, JSON.stringify({ ...INSTALLED, ...changes }));
  await chmod(stateFile, 0o666);
  return rig;
}

/** The stand-in's tree, as an image of OTOBO contains its own. */
export async function makeTree(next: string, owner?: { uid?: number; gid?: number }): Promise<void> {
  const source = await mkdtemp(join(tmpdir(), "rollcall-checkout-"));
  try {
    await cp(STAND_IN, source, { recursive: true });
    await copyFile(SIGNER, join(source, "Kernel/cpan-lib/TestSigner.pm"));
    await buildImageTree({ source, next, ...(owner === undefined ? {} : { owner }) });
  } finally {
    await rm(source, { recursive: true });
  }
}

/** A stand-in for Redis that only answers PING; the cache's contents are in the state. */
async function startRedis(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.end("+PONG\r\n"));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}
