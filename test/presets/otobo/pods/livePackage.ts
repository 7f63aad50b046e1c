// A package of which one can see whether a web server serves it and whether a daemon uses it, and in which version.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the public page of the package begins with. */
export const PAGE = "/otobo/public.pl?Action=PublicRollcall";
/** Below a pod's home: a line with the version for each second in which the package's daemon runs. */
export const DAEMON_LOG = "var/tmp/rollcall-daemon";
/** The package's files. */
export const VERSION_MODULE = "Kernel/System/RollcallVersion.pm";

const FRONTEND = `package Kernel::Modules::PublicRollcall;
use strict; use warnings;
use Kernel::System::RollcallVersion ();
our $ObjectManagerDisabled = 1;
sub new { my ( $Type, %Param ) = @_; return bless {%Param}, $Type }
sub Run {
    return $Kernel::OM->Get('Kernel::Output::HTML::Layout')->Attachment(
        Filename => 'version.txt', ContentType => 'text/plain', Type => 'inline', NoCache => 1,
        Content => 'version ' . Kernel::System::RollcallVersion::version() . "\\n",
    );
}
1;
`;

const DAEMON = `package Kernel::System::Daemon::DaemonModules::RollcallTest;
use strict; use warnings;
use parent qw(Kernel::System::Daemon::BaseDaemon);
use Kernel::System::RollcallVersion ();
our @ObjectDependencies = ('Kernel::Config');
sub new { my ($Type) = @_; return bless {}, $Type }
sub PreRun { return 1 }
sub Run {
    my $Home = $Kernel::OM->Get('Kernel::Config')->Get('Home');
    open my $Log, '>>', "$Home/${DAEMON_LOG}" or return;
    print {$Log} Kernel::System::RollcallVersion::version(), "\\n";
    close $Log;
    sleep 1;
    return 1;
}
sub PostRun { return 1 }
sub Summary { return () }
1;
`;

const SETTINGS = `<?xml version="1.0" encoding="utf-8"?>
<otobo_config version="2.0" init="Application">
    <Setting Name="PublicFrontend::Module###PublicRollcall" Required="0" Valid="1">
        <Description Translatable="1">A page.</Description><Navigation>Frontend::Public::ModuleRegistration</Navigation>
        <Value><Item ValueType="FrontendRegistration"><Hash><Item Key="GroupRo"><Array></Array></Item><Item Key="Group"><Array></Array></Item><Item Key="Description" Translatable="1">x</Item><Item Key="Title" Translatable="1">x</Item><Item Key="NavBarName"></Item></Hash></Item></Value>
    </Setting>
    <Setting Name="DaemonModules###RollcallTest" Required="0" Valid="1">
        <Description Translatable="1">A daemon.</Description><Navigation>Daemon::ModuleRegistration</Navigation>
        <Value><Hash><Item Key="Module">Kernel::System::Daemon::DaemonModules::RollcallTest</Item></Hash></Value>
    </Setting>
</otobo_config>
`;

/** Writes the package of this version. @returns its file */
export function writeLivePackage(folder: string, patch: number): Promise<string> {
  const version = `package Kernel::System::RollcallVersion;\nuse strict; use warnings;\nsub version { return '1.0.${patch}' }\n1;\n`;
  const files = {
    "Kernel/Modules/PublicRollcall.pm": FRONTEND,
    "Kernel/System/Daemon/DaemonModules/RollcallTest.pm": DAEMON,
    [VERSION_MODULE]: version,
    "Kernel/Config/Files/XML/RollcallLive.xml": SETTINGS,
  };
  return writePackage(folder, { name: "RollcallLive", patch, files });
}

interface PackageSource {
  name: string;
  patch: number;
  /** texts by path */
  files: Readonly<Record<string, string>>;
}

/** Writes a package of version 1.0.PATCH. @returns its file */
export async function writePackage(folder: string, { name, patch, files }: PackageSource): Promise<string> {
  const list = Object.entries(files).map(
    ([location, text]) =>
      `<File Location="${location}" Permission="660" Encode="Base64">${Buffer.from(text).toString("base64")}</File>`,
  );
  const frameworks = ["10.1.x", "11.0.x", "11.1.x"].map((each) => `<Framework>${each}</Framework>`);
  const text = `<?xml version="1.0" encoding="utf-8" ?>
<otobo_package version="1.1"><Name>${name}</Name><Version>1.0.${patch}</Version>${frameworks.join("")}
<Vendor>Rollcall</Vendor><URL>https://rollcall.dev/</URL><License>Apache-2.0</License><Description Lang="en">x</Description>
<BuildDate>2024-03-0${patch} 10:00:00</BuildDate><BuildHost>localhost</BuildHost><Filelist>${list.join("")}</Filelist></otobo_package>
`;
  const path = join(folder, `${name}-1.0.${patch}.opm`);
  await writeFile(path, text, { mode: 0o644 });
  return path;
}
