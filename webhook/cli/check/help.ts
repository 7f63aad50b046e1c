// What `rollcall check --help` prints.
export const HELP = `rollcall check --from OLD (--to NEW | --replicas N | --delete): what the webhook would say to a change of
StatefulSets, and why, without a cluster

      --from FILE       the StatefulSets as they are: a file, a folder, or - for standard input
      --to FILE         as they would be; matched by namespace and name: one that is missing here would be deleted,
                        one that is only here would be created
      --replicas N      the same with N replicas, like kubectl scale; of several StatefulSets say which with --name
      --delete          all of them deleted, like kubectl delete -f
      --name NAME       judge only this StatefulSet, NAME or NAMESPACE/NAME; may be given several times
      --strict          exit 3 also where it is allowed only if what was taken as good is so
      --profiles FILE   a file or folder with RollcallProfiles, such as kubectl get rcp -o yaml prints; without it
                        they are looked for among the documents of --to and --from
      --ring FILE       who is in the ring, for profiles of type OzoneOM:
                        {"leader":ID,"term":N,"members":[{"id":ID,"healthy":BOOL}]} or {"unknown":REASON}
  -n, --namespace NS    for objects that name none (default: default)
  -o, --output FORMAT   text or json

Examples:
  rollcall check --profiles profiles.yaml --from web.yaml --replicas 3
  rollcall check --profiles profiles.yaml --from old/ --to new/ -o json
  kubectl -n shop get statefulset web -o yaml | rollcall check --profiles profiles.yaml --from - --delete
  rollcall check --profiles profiles.yaml --from om.yaml --replicas 6 --ring ring.json
  rollcall check --profiles profiles.yaml --from apps/ --replicas 2 --name web --strict

What only a cluster can tell (running pods, whether they are drained, rights, locks, the record) is taken as good, and
told in "assumed"; a cluster may deny it. A ring is never taken as good. JSON is
{allowed, rule, code, message, removed, assumed, warnings}; for several StatefulSets {allowed, decisions}, where
each of decisions has namespace and name, too. In mode warn everything is allowed, and warnings say "would deny".

Exit codes: 0 allowed, 1 denied, 2 usage or bad input, 3 could not find out (the ring is needed and --ring is missing; a
 file leaves spec.replicas out, and pods that would go are judged; with --strict: something was taken as good).
`;
