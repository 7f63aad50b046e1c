// Where the articles of a database are: OTOBO reads attachments from the storage that its setting names and from no other
// (docs/research/otobo.md#files-of-one-pod), and the profile sets that one.
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

export const articlesAnswer = z.object({
  /** the module that the database's own setting names, without its package; "" where nobody has changed the default */
  chosen: z.string(),
  /** mails and attachments in the database's tables, the welcome ticket's left out */
  inDatabase: z.number(),
  /** OTOBO also looks into the database and S3 beside the storage that is set */
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
