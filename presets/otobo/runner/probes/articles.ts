// Reads where a database's articles are stored. OTOBO reads attachments only from the storage in its setting
// (docs/research/otobo.md#files-of-one-pod), which the profile sets.
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const articlesAnswer = z.object({
  /** the module in the database's setting, without its package; "" for the default */
  chosen: z.string(),
  /** mails and attachments in the database's tables, without the welcome ticket's */
  inDatabase: z.number(),
  /** OTOBO also searches the database and S3 */
  looksEverywhere: z.boolean(),
});

export const ARTICLES = String.raw`${PRELUDE}
my $KEY   = 'Ticket::Article::Backend::MIMEBase::ArticleStorage';
my %Set   = $Kernel::OM->Get('Kernel::System::SysConfig::DB')->ModifiedSettingGet( Name => $KEY );
my ($Is)  = ( $Set{IsValid} // 1 ) && ( $Set{EffectiveValue} // '' ) =~ m{::(\w+)\z};
my $Count = 0;
for my $Table (qw(article_data_mime_plain article_data_mime_attachment)) {
    my ($Row) = rows("SELECT COUNT(*) FROM $Table WHERE article_id > 1");
    $Count += $Row->[0];
}
answer( {
    chosen          => $Is || '',
    inDatabase      => $Count,
    looksEverywhere => $Config->Get('Ticket::Article::Backend::MIMEBase::CheckAllStorageBackends') ? JSON::PP::true : JSON::PP::false,
} );
`;
