# A stand-in for those of OTOBO's objects that the runner's probes use.
package Kernel::System::ObjectManager;

use strict;
use warnings;
use Kernel::Config;
use Kernel::System::State;

sub new { my ( $Class, %Param ) = @_; return bless { Objects => {}, Param => \%Param }, $Class }

sub Get {
    my ( $Self, $Class ) = @_;
    return $Self->{Objects}{$Class} if $Self->{Objects}{$Class};
    my $Object = $Class->can('new') ? $Class->new( %{ $Self->{Param}{$Class} || {} } ) : bless {}, $Class;
    $Self->{Objects}{$Class} = $Object;
    $Object->{S3Active} = $Self->Get('Kernel::Config')->Get('Storage::S3::Active') if $Class =~ m{::DB::(?:ACL|Process)\z};
    return $Object;
}

sub state { return Kernel::System::State->with( $_[0] ) }

package Kernel::System::DB;

my @Rows;

# like OTOBO's: it decrypts a password in braces, and 11.1 brings one driver alone
sub new {
    my ($Class) = @_;
    my $Config = $Kernel::OM->Get('Kernel::Config');
    my %Self = ( DSN => $Config->Get('DatabaseDSN'), USER => $Config->Get('DatabaseUser'), PW => $Config->Get('DatabasePw') );
    $Self{PW} = reverse $1 if $Self{PW} =~ m{\A\{(.*)\}\z};
    my $Only = Kernel::System::State->with( sub { $_[0]{driver} } );
    $Self{DSN} =~ s{\ADBI:mysql:}{DBI:$Only:} if defined $Only;
    return bless \%Self, $Class;
}

sub ask {
    my ($Work) = @_;
    my $Password = $Kernel::OM->Get('Kernel::System::DB')->{PW};
    return Kernel::System::State->with(
        sub {
            my ($State) = @_;
            my $Why = Kernel::System::State::refusal( $State, $Password );
            if ( defined $Why ) { print STDERR "$Why\n"; return }
            return $Work->($State);
        }
    );
}

sub Prepare {
    my ( $Self, %Param ) = @_;
    my ( $SQL, @Bind ) = ( $Param{SQL}, map { ${$_} } @{ $Param{Bind} || [] } );
    my $Found = ask(
        sub {
            my ($State) = @_;
            return [ [ $State->{deployments}[-1] ] ] if $SQL =~ m{MAX\(id\) FROM sysconfig_deployment};
            return [ map { [ $_, $State->{settings}{$_} ] } sort keys %{ $State->{settings} } ]
                if $SQL =~ m{SELECT name, xml_content_raw};
            if ( $SQL =~ m{FROM package_repository WHERE id = \?} ) {
                my ($Package) = grep { $_->{id} == $Bind[0] } Kernel::System::State::packages($State);
                return [] if !$Package;
                # the real one has XML here
                my $Content = $Package->{content} // JSON::PP->new->canonical->ascii->encode($Package);
                if ( $SQL =~ m{SELECT content FROM} ) {
                    return if $Package->{drops};
                    return [ [$Content] ];
                }
                return [ [ $Package->{name}, $Package->{version}, $Package->{bytes} // length $Content ] ];
            }
            return $State->{translations} // [] if $SQL =~ m{FROM translation_item};
            return [ [ $State->{dirty} ] ] if $SQL =~ m{is_dirty = 1};
            return [ map { [$_] } sort keys %{ $State->{virtualFs} || {} } ] if $SQL =~ m{SELECT filename FROM virtual_fs};
            return [ [ $State->{articleRows} // 0 ] ] if $SQL =~ m{COUNT\(\*\) FROM article_data_mime_};
            my ($Table) = $SQL =~ m{SELECT COUNT\(\*\) FROM (scheduler_\w+)} or die "the stand-in knows no $SQL\n";
            return [ [ scalar grep { $_ >= $Bind[0] && $_ <= $Bind[1] } @{ $State->{$Table} } ] ];
        }
    );
    return if !$Found;
    @Rows = @{$Found};
    return 1;
}

sub FetchrowArray { my $Row = shift @Rows; return $Row ? @{$Row} : () }

sub Do {
    my ( $Self, %Param ) = @_;
    my @Bind = map { ${$_} } @{ $Param{Bind} };
    if ( $Param{SQL} =~ m{UPDATE virtual_fs SET filename} ) {
        return ask( sub { my $All = $_[0]{virtualFs}; $All->{ $Bind[0] } = delete $All->{ $Bind[1] } if exists $All->{ $Bind[1] }; 1 } );
    }
    die "the stand-in knows no $Param{SQL}\n" if $Param{SQL} !~ m{UPDATE scheduler_future_task SET lock_key = 0};
    return ask(
        sub {
            my ($State) = @_;
            $_ = $_ >= $Bind[0] && $_ <= $Bind[1] ? 0 : $_ for @{ $State->{scheduler_future_task} };
            return 1;
        }
    );
}

sub GetDatabaseFunction { return 1 }

sub ListTables {
    my @Tables = ask( sub { @{ $_[0]{tables} } } );
    return @Tables;
}

package Kernel::System::Main;

sub Require { return 1 }

package Kernel::System::VirtualFS::DB;

sub new { return bless {}, shift }

package Kernel::System::VirtualFS;

use MIME::Base64 qw(decode_base64 encode_base64);

sub Read {
    my ( $Self, %Param ) = @_;
    my $Text = Kernel::System::DB::ask( sub { $_[0]{virtualFs}{ $Param{Filename} } } );

    # a row whose content was never written
    return if !defined $Text || $Text eq 'TMP';
    my $Content = decode_base64($Text);
    return ( Content => \$Content, Preferences => {} );
}

sub Write {
    my ( $Self, %Param ) = @_;
    my $Text = encode_base64( ${ $Param{Content} }, '' );
    return Kernel::System::DB::ask(
        sub { return if exists $_[0]{virtualFs}{ $Param{Filename} }; $_[0]{virtualFs}{ $Param{Filename} } = $Text; 1 }
    );
}

sub Delete {
    my ( $Self, %Param ) = @_;
    return Kernel::System::DB::ask( sub { delete $_[0]{virtualFs}{ $Param{Filename} }; 1 } );
}

package Kernel::System::SystemData;

sub SystemDataGet { my ( $Self, %Param ) = @_; return Kernel::System::DB::ask( sub { $_[0]{systemData}{ $Param{Key} } } ) }

sub SystemDataAdd {
    my ( $Self, %Param ) = @_;
    return Kernel::System::DB::ask( sub { $_[0]{systemData}{ $Param{Key} } = $Param{Value}; 1 } );
}

sub SystemDataUpdate { return SystemDataAdd(@_) }

package Kernel::System::PID;

sub PIDGet {
    my $Is = Kernel::System::DB::ask( sub { $_[0]{rebuildRow} } );
    return $Is ? ( PID => $Is ) : ();
}

sub PIDDelete { return Kernel::System::DB::ask( sub { $_[0]{rebuildRow} = 0; 1 } ) }

package Kernel::System::ACL::DB::ACL;

sub ACLListGet { return Kernel::System::DB::ask( sub { $_[0]{acls} // [] } ) }
sub ACLsNeedSync { return Kernel::System::DB::ask( sub { $_[0]{aclDrafts} // 0 } ) }
sub ACLsNeedSyncReset { return Kernel::System::DB::ask( sub { $_[0]{aclDrafts} = 0; 1 } ) }
sub ACLDump { my ( $Self, %Param ) = @_; return dump_of( $Self, 'ZZZACL', TicketAcl => ACLListGet(), $Param{Location} ) }

# in S3 mode it is only written there, otherwise like by Main::FileWrite
sub dump_of {
    my ( $Self, $Name, $Key, $List, $Location ) = @_;
    my $Text = join '', "package Kernel::Config::Files::$Name;\nuse utf8;\nsub Load {\nmy ( \$File, \$Self ) = \@_;\n",
        ( map {"\$Self->{'$Key'}{'$_'} = {};\n"} sort @{$List} ), "}\n1;\n";
    utf8::encode($Text);
    if ( $Self->{S3Active} ) {
        require Kernel::System::Storage::S3;
        return Kernel::System::Storage::S3->new( $Kernel::OM->Get('Kernel::Config') )->put( "$Name.pm", $Text );
    }
    open my $Out, '>:raw', $Location or return;
    print {$Out} $Text;
    close $Out;
    return $Location;
}

package Kernel::System::ProcessManagement::DB::Process;

sub ProcessListGet { return Kernel::System::DB::ask( sub { $_[0]{processes} // [] } ) }

sub ProcessDump {
    my ( $Self, %Param ) = @_;
    return Kernel::System::ACL::DB::ACL::dump_of( $Self, 'ZZZProcessManagement', Process => ProcessListGet(), $Param{Location} );
}

package Kernel::System::ProcessManagement::DB::Entity;

sub EntitySyncStateList { return Kernel::System::DB::ask( sub { [ ( {} ) x ( $_[0]{processDrafts} // 0 ) ] } ) }
sub EntitySyncStatePurge { return Kernel::System::DB::ask( sub { $_[0]{processDrafts} = 0; 1 } ) }

package Kernel::System::Cache;

sub Configure { }

sub Set { my ( $Self, %Param ) = @_; return Kernel::System::State->with( sub { $_[0]{cache}{ $Param{Type} } = $Param{Value} } ) }
sub Get { my ( $Self, %Param ) = @_; return Kernel::System::State->with( sub { $_[0]{cache}{ $Param{Type} } } ) }
sub Delete { my ( $Self, %Param ) = @_; return Kernel::System::State->with( sub { delete $_[0]{cache}{ $Param{Type} }; 1 } ) }

package Kernel::System::SysConfig::DB;

sub ModifiedSettingGet {
    my $Is = Kernel::System::DB::ask( sub { $_[0]{articleStorage} } );
    return $Is ? ( IsValid => 1, EffectiveValue => "Kernel::System::Ticket::Article::Backend::MIMEBase::$Is" ) : ();
}

package Kernel::System::SysConfig::XML;

sub SettingListParse {
    my ( $Self, %Param ) = @_;
    return map { my ($Name) = m{Name="([^"]+)"}; { XMLContentParsed => { Name => $Name }, XMLContentRaw => $_ } }
        $Param{XMLInput} =~ m{(<Setting .*?</Setting>)}sg;
}

package Kernel::System::Package;

sub structure {
    my ($Package) = @_;
    return (
        Name      => { Content => $Package->{name} },
        Version   => { Content => $Package->{version} },
        BuildDate => { Content => $Package->{buildDate} },
        Filelist  => [ map { { Location => $_->{location}, Content => $_->{content}, Permission => $_->{mode} // '660' } } @{ $Package->{files} } ],
    );
}

sub RepositoryList {
    my $List = Kernel::System::DB::ask( sub { $_[0]{packages} } ) or die "the packages cannot be read\n";
    return map { { structure($_), Status => $_->{status} } } @{$List};
}

# a package may say in a test how its parser behaves
sub PackageParse {
    my ( $Self, %Param ) = @_;
    my $Package = eval { JSON::PP->new->decode( ${ $Param{String} } ) } or return;
    sleep( $Package->{hangs} // 0 );
    my @Memory = map { 'x' x ( 64 * 1024 * 1024 ) } 1 .. $Package->{hungry} // 0;
    return structure($Package);
}

sub DeployCheck {
    my ( $Self, %Param ) = @_;
    my $Home = $Kernel::OM->Get('Kernel::Config')->Get('Home');
    for my $Package ( RepositoryList() ) {
        next if $Package->{Name}{Content} ne $Param{Name};
        for my $File ( @{ $Package->{Filelist} } ) {
            open my $In, '<', "$Home/$File->{Location}" or return;
            return if do { local $/; <$In> } ne $File->{Content};
        }
    }
    return 1;
}

1;
