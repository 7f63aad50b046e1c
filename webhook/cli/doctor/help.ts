export const DOCTOR_HELP = `rollcall doctor: check the installation of Rollcall on a cluster, and print what mends it

      --kubeconfig FILE   default: $KUBECONFIG, or ~/.kube/config
      --context NAME      default: the current context of the kubeconfig
      --system NS         the namespace of the webhook (default: that of its webhook configurations)
  -n, --namespace NS      where the dry run creates (default: that of the context, or default)
      --probe             also make a pod with an image volume in the namespace of -n, which must be given, wait until
                          it has run, and remove it: shows whether runner.delivery ImageVolume works
      --print KIND/NAME   print an object as this version installs it, for kubectl apply, and check nothing
  -o, --output FORMAT     text or json

Examples:
  rollcall doctor
  rollcall doctor --context production -o json
  rollcall doctor --print PodDisruptionBudget/rollcall | kubectl apply -f -

It changes nothing: it reads, dry runs the creation of a StatefulSet that the webhook must deny, and asks for the rights
of the webhook's account by SubjectAccessReviews. Only --probe makes an object. It needs to read what the base installs,
profiles, StatefulSets, pods and nodes; what you may not read is reported as unknown. Login is that of kubectl,
except for SOCKS proxies.

JSON is {ok, server, context, system, checks}; each check is {group, name, looksAt, status, message, findings}, status is ok,
info, warning, unknown or fault, and each finding is {status, message, why, commands}.

Exit codes: 0 all good (there may be warnings), 1 a fault, 2 usage or bad input, such as no kubeconfig, 3 no fault was
found, but something could not be found out (rights are missing, no answer).
`;
