// `rollcall otobo adopt` on a volume as docker-compose leaves it, and on one that somebody has prepared.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { parseConfig } from "../../../presets/otobo/cli/adopt/parseConfig.ts";
import { runCli } from "../../webhook/cli/cli.ts";
import { loadOrThrow } from "../../webhook/profiles/faults.ts";
import { makeTree } from "./tree.ts";

const SECRETS = ["s3cret-database", "s3cret-access", "s3cret-key", "s3cret-ldap"];

const CONFIG = `package Kernel::Config;
use strict;
=head1 NAME

    $Self->{DatabasePw} = 'from the documentation';

=cut
sub Load {
    my $Self = shift;
    $Self->{DatabaseHost} = 'db.example.org'; # the old one
    $Self->{'Database'} = 'otobo';
    $Self->{DatabaseUser} = "helpdesk";
    $Self->{DatabasePw} = 's3cret-database';
    $Self->{DatabaseDSN} = "DBI:mysql:database=$Self->{Database};host=$Self->{DatabaseHost};port=3307;";
    $Self->{Home} = '/opt/otobo';
    $Self->{'Cache::Module'} = 'Kernel::System::Cache::Redis';
    $Self->{'Cache::Redis'}->{'RedisFast'} = 1;
    $Self->{'Cache::Redis'}->{'Server'} = 'redis:6379';
    $Self->{'Storage::S3::Active'} = 1;
    $Self->{'Storage::S3::Scheme'} = 'https';
    $Self->{'Storage::S3::Host'} = 's3.example.org:9000';
    $Self->{'Storage::S3::Bucket'} = 'helpdesk';
    $Self->{'Storage::S3::AccessKey'} = 's3cret-access';
    $Self->{'Storage::S3::SecretKey'} = 's3cret-key';
    $Self->{'Customer::AuthModule::LDAP::SearchUserPw'} = 's3cret-ldap';
    if ( $ENV{TEST} ) {
        $Self->{DatabaseUser} = 'under a condition';
    }
    system 'touch /tmp/rollcall-adopt-has-run-it';
    return 1;
}
use parent qw(Kernel::Config::Defaults);
1;
`;

describe("rollcall otobo adopt", function () {
  this.timeout(120_000);
  let folder: string;
  let volume: string;
  let secrets: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-adopt-"));
    volume = join(folder, "opt_otobo");
    secrets = join(folder, "secrets.yaml");
    await makeTree(volume);
    await write("Kernel/Config.pm", CONFIG);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(volume, path)), { recursive: true });
    await writeFile(join(volume, path), text);
  }
  const adopt = (...words: string[]) => runCli(["otobo", "adopt", volume, "--secrets", secrets, ...words]);

  it("prints a profile that loads; secrets are in a file that only its owner reads", async () => {
    const { code, stdout, stderr } = await adopt("--namespace", "shop");
    assert.equal(code, 0, stderr);
    const env = Object.fromEntries(
      (loadOrThrow(stdout).get("helpdesk")?.env ?? []).map(({ name, value }) => [name, value[0]]),
    );
    assert.deepEqual(
      ["HOST", "PORT", "NAME", "USER"].map((name) => env[`OTOBO_DB_${name}`]),
      ["db.example.org", "3307", "otobo", "helpdesk"],
    );
    assert.equal(env["OTOBO_S3_HOST"], "s3.example.org:9000");
    assert.equal(env["OTOBO_REDIS_SERVER"], "redis:6379");
    for (const secret of SECRETS) assert.ok(!`${stdout}${stderr}`.includes(secret), secret);
    assert.equal((await stat(secrets)).mode & 0o777, 0o600);
    const [database, s3, config] = parseAllDocuments(await readFile(secrets, "utf8")).map(
      (each) => (each.toJS() as { stringData: Record<string, string> }).stringData,
    );
    assert.deepEqual(database, { password: "s3cret-database" });
    assert.deepEqual(s3, { AWS_ACCESS_KEY_ID: "s3cret-access", AWS_SECRET_ACCESS_KEY: "s3cret-key" });
    const text = config?.["Config.pm"] ?? "";
    assert.match(text, /s3cret-ldap[\s\S]*under a condition/);
    assert.doesNotMatch(text, /s3cret-database/);
    assert.match(stderr, /line \d+: Customer::AuthModule::LDAP::SearchUserPw\n/);
    assert.match(stderr, /line \d+: DatabaseUser, to a value that is not a literal, or under a condition\n/);
    assert.match(stderr, /redis\.host is "redis", a name of the old host/);
    await assert.rejects(stat("/tmp/rollcall-adopt-has-run-it"), "Config.pm was run");
  });

  it("needs no Config.pm of its own if nobody has added anything", async () => {
    await write("Kernel/Config.pm", await readFile(join(volume, "Kernel/Config.pm.docker.dist"), "utf8"));
    const { code, stdout, stderr } = await adopt();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /config:/);
    assert.doesNotMatch(stderr, /not understood/);
  });

  it("says what would be lost, by kind", async () => {
    await write("Custom/Kernel/Mine.pm", "1;\n");
    await write("var/spool/problem-email-1", "mail");
    await write("var/article/2026/01/01/1/plain.txt", "mail");
    await write("var/log/otobo.log", "log");
    await appendFile(join(volume, "bin/otobo.Daemon.pl"), "# mine\n");
    const { code, stderr } = await adopt();
    assert.equal(code, 0, stderr);
    const [, lost = ""] = stderr.split("Would be lost:\n");
    for (const line of [
      /articles on the file system: 1; .*\n {4}var\/article\/2026\/01\/01\/1\/plain\.txt/,
      /mails that OTOBO could not process: 1; /,
      /files in Custom\/: 1; .*\n {4}Custom\/Kernel\/Mine\.pm/,
      /bin\/otobo\.Daemon\.pl \(changed\)/,
    ])
      assert.match(lost, line);
    assert.doesNotMatch(lost, /otobo\.log|RELEASE/);
  });

  it("does not overwrite a file, nor write through a link", async () => {
    await writeFile(secrets, "mine");
    const there = await adopt();
    assert.equal(there.code, 2);
    assert.match(there.stderr, /secrets\.yaml exists and is not overwritten/);
    assert.equal(await readFile(secrets, "utf8"), "mine");
    await rm(secrets);
    await symlink(join(folder, "target"), secrets);
    assert.equal((await adopt()).code, 2);
    await assert.rejects(stat(join(folder, "target")));
  });

  it("does not follow links out of the volume, and reads no pipe and no device", async () => {
    const outside = join(folder, "outside");
    await writeFile(outside, "    $Self->{DatabasePw} = 'outside';\n");
    await rm(join(volume, "Kernel/Config.pm"));
    await symlink(outside, join(volume, "Kernel/Config.pm"));
    const out = await adopt();
    assert.equal(out.code, 2);
    assert.match(out.stderr, /Kernel\/Config\.pm is a link that leads out of the volume/);
    await rm(join(volume, "Kernel/Config.pm"));
    // opening it would wait for a writer
    execFileSync("mkfifo", [join(volume, "Kernel/Config.pm")]);
    const pipe = await adopt();
    assert.equal(pipe.code, 2);
    assert.match(pipe.stderr, /Kernel\/Config\.pm is no regular file/);
    await rm(join(volume, "Kernel/Config.pm"));
    await write("Kernel/Config.pm", CONFIG);
    await rm(join(volume, "RELEASE"));
    execFileSync("mkfifo", [join(volume, "var/pipe")]);
    await symlink("/", join(volume, "var/all"));
    assert.match(
      (await adopt()).stderr,
      /is not the \/opt\/otobo of an installation: RELEASE does not exist/,
    );
    await write("RELEASE", "VERSION = 11.0.5\n");
    await write("\u001b[2Jclear", "");
    const whole = await adopt();
    assert.equal(whole.code, 0, whole.stderr);
    assert.match(whole.stderr, / {4}"\\u001b\[2Jclear"/);
    assert.doesNotMatch(whole.stderr, /var\/all\//);
  });
});

describe("an OTOBO's Config.pm as text", () => {
  const body = (...lines: string[]) => `sub Load {\n${lines.join("\n")}\n}\n`;
  const read = (...lines: string[]) => Object.fromEntries(parseConfig(body(...lines), "").settings);

  it("is understood only where Perl would execute a literal unconditionally", () => {
    assert.deepEqual(read("$Self->{Database} = 'a';", "$Self->{Database} = 'b';"), { Database: "b" });
    assert.deepEqual(read('$Self->{"Database"} = "a$b";'), {});
    assert.deepEqual(read("$Self->{Database} = 'it\\'s';"), {});
    assert.deepEqual(read("if (1) {", "$Self->{Database} = 'a';", "}"), {});
    assert.deepEqual(read("my $T = <<'EOT';", "$Self->{Database} = 'a';", "EOT"), {});
    assert.deepEqual(read("my $T = 'open", "$Self->{Database} = 'a';", "';"), {});
    assert.deepEqual(read("# $Self->{Database} = 'a';"), {});
    assert.deepEqual(Object.fromEntries(parseConfig("$Self->{Database} = 'a';\n", "").settings), {});
  });

  it("is read in linear time", () => {
    const hostile = [
      " ".repeat(4000),
      `$Self->{Database}${" ".repeat(4000)}`,
      "<<".repeat(2000),
      "'\\".repeat(2000),
    ];
    const text = body(...Array.from({ length: 60 }, () => hostile).flat());
    const before = process.cpuUsage();
    parseConfig(text, "");
    const { user } = process.cpuUsage(before);
    assert.ok(user < 3_000_000, `${user / 1000} ms`);
  });
});
