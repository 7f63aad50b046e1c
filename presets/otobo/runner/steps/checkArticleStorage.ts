// Checks where an installation keeps its articles: with another storage in the profile OTOBO would not find their
// attachments.
import type { Otobo, WhyNot } from "../otobo.ts";
import { ARTICLES, articlesAnswer } from "../probes/articles.ts";

/** The value of the profile's field `articles`, by OTOBO's module. */
const FIELDS: Readonly<Record<string, string>> = {
  ArticleStorageDB: "Database",
  ArticleStorageFS:
    "FileSystem, with home: {mode: Persistent}, one pod and the old var/article copied to its volume",
  ArticleStorageS3: "S3",
};

const SETTING = "Ticket::Article::Backend::MIMEBase::ArticleStorage";

export async function checkArticleStorage({ ask, env }: Otobo): Promise<WhyNot> {
  const wanted = env["OTOBO_ARTICLE_STORAGE"]?.split("::").at(-1);
  if (wanted === undefined) return null;
  const request = await ask(ARTICLES, articlesAnswer);
  if ("why" in request) return `cannot read where the articles are stored: ${request.why}`;
  const { chosen, inDatabase, looksEverywhere } = request.answer;
  // the default is the database
  const was = chosen !== "" ? chosen : inDatabase > 0 ? "ArticleStorageDB" : wanted;
  if (was === wanted || (looksEverywhere && was !== "ArticleStorageFS")) return null;
  const field = FIELDS[was];
  return (
    `this database's articles are in ${was}, but the profile sets ${wanted}, where OTOBO would not find their attachments. ` +
    `On the old installation run bin/otobo.Console.pl Admin::Article::StorageSwitch --target ${wanted}, set ${SETTING} to ${wanted} ` +
    `in System Configuration, and load a new dump${field === undefined ? "" : `; or set the profile's articles: ${field}`}`
  );
}
