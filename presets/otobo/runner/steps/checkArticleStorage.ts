// An installation that kept its articles elsewhere than the profile says would lose sight of their attachments.
import type { Otobo, WhyNot } from "../otobo.ts";
import { ARTICLES, articlesAnswer } from "../probes/articles.ts";

/** The field `articles` of a profile, by OTOBO's module. */
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
  if ("why" in request) return `where the articles are could not be read: ${request.why}`;
  const { chosen, inDatabase, looksEverywhere } = request.answer;
  // the default is the database
  const was = chosen !== "" ? chosen : inDatabase > 0 ? "ArticleStorageDB" : wanted;
  if (was === wanted || (looksEverywhere && was !== "ArticleStorageFS")) return null;
  const field = FIELDS[was];
  return (
    `this database's articles are in ${was} and the profile has them in ${wanted}, where OTOBO would not find their attachments. ` +
    `On the old installation run bin/otobo.Console.pl Admin::Article::StorageSwitch --target ${wanted}, set ${SETTING} to ${wanted} ` +
    `in System Configuration, and load its dump again${field === undefined ? "" : `; or set the profile's articles: ${field}`}`
  );
}
