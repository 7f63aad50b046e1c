// The words by which names are judged. A missing word is added here, for all names that begin with it. A single name
// that is right although the rules reject it is an exception, with its reason.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** First words of functions. Some are nouns as well: reviewers of a change decide about those. */
export const VERBS = words(`
  abort accept acquire act add adjust adopt agree allow annotate answer append apply archive ask assert assess assume attach
  attempt audit authorize await begin bind bootstrap build bump bundle cache calculate call cancel canonicalize cap
  capture carry change check chmod choose classify clean clear close cluster coalesce collect compare compile complete
  compose compute concat confirm connect convert copy count create cut deactivate decide decline decode deduplicate
  defer define delete demonstrate deny deploy derive describe detach detect determine diff digest discard distribute
  divide do download drain drop echo edit emit empty encode end enforce ensure enter enumerate escape evaluate evict
  exclude exec execute exit expand expect explain export extend extract fail fetch fill filter find finish fit flush
  fold follow force forget format forward free freeze gate gather generate get give go group guard halt hand handle
  hash hedge hold identify ignore import include indent index infer inform inherit initialise initialize inject insert
  inspect install intercept interpolate interrupt invalidate invoke isolate issue iterate join judge keep kill label
  lay leave limit link list listen load lock log look lookup lower make map mark mask match measure merge mirror
  mount move mutate name narrow normalize note notify observe obtain omit open override pack parse pass patch pause
  persist pick pin place plan play poll pop preload prepare prepend prevent print probe process prompt propose prove
  provide provision publish pull push put quarantine query queue quote race raise read readd rebase rebuild recognize
  readmit reconcile reconnect record recover recreate redact reduce refresh refuse register reject rejoin release relist
  reload remove rename render renew reopen repair repeat replace replay report request require reread reserve reset
  resize resolve respond restart restore restrict resume resync retrieve retry return reuse reverse review revoke
  rewrite roll round run sanitize save say scale scan schedule seal seed select send serialize serve set settle shift
  shorten show shrink shuffle shut sign signal simulate skip sleep sort spawn split spread stage start stop store
  stream strip submit subscribe substitute subtract suggest sum summarize supply swap switch sync synchronize take
  tally tear tell terminate test throw touch trace track transfer transform translate trim truncate try tryOut turn
  unannotate unbind undo unescape unlock unmark unpack unwrap update upload use validate verify visit wait wake walk warn
  watch widen with withdraw without wrap write yield
`);

/** First words of boolean names. */
export const PREDICATES = words(`
  is are was were has have had can could may must should will would does did needs
  accepts affects allows answers applies begins belongs changes comes contains counts covers deletes denies differs ends equals
  excludes exceeds exists expects fits follows holds ignores includes keeps knows lacks leaves lists matches names orphans overlaps owns
  persists points publishes reads refers remains removes replaces requires returns runs sees selects serves shares shrinks
  starts stays stops supports survives tolerates uses waits wants
`);

/** First words of actions that return their success as a boolean. */
export const ACTS_THAT_TELL = words("check claim ensure poll remove retry swap take try wait");

/** Participles that do not name what a type holds. Single words in -ed and -ing are rejected as well. */
export const PARTICIPLES = words(`
  Asked Begun Borne Bound Brought Built Chosen Done Drawn Driven Fallen Found Given Gone Got Heard Held Hidden Kept Known Laid
  Led Left Lost Made Meant Met Put Read Run Said Seen Sent Set Shown Spoken Taken Thought Told Torn Understood Won Worn Written
`);

/** Nouns in -ed and -ing. */
export const NOUNS = words(
  "Binding Finding Mapping Need Nothing Ring Seed Setting Sibling String Thing Timing Warning",
);

function reasonFor(reason: string, names: string): Record<string, string> {
  return Object.fromEntries([...words(names)].map((name) => [name, reason]));
}

/** Names that the rules reject although they are right. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  sha256: "the name of the function that it computes, as in every library",
  ...reasonFor(
    "a reader of JSON in init/contract/shape.ts: they are put together as zod's are, `object({ name: text() })`",
    `absolutePath anyNumber anything checked closed dateTime either flag integer mapOf matching nonEmptyList nonEmptyText
     nullable nullish object oneOf optional positive text variants webAddress`,
  ),
};
