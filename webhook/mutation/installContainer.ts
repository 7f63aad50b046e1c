// Init container rollcall-install: copies the runner from our image to the emptyDir (DESIGN: running steps).
import { INSTALL_MOUNT, POD_TOKEN_MOUNT } from "../../init/contract/places.ts";
import { INSTALL_CONTAINER, RUNNER_VOLUME } from "../kubernetes/names.ts";
import type { Container, Pod } from "../kubernetes/objects.ts";
import type { Resources } from "./podAmounts.ts";
import type { InitImage } from "./settings.ts";

/** The user of our image, for pods that would otherwise make it root. */
const OUR_USER = 65532;

/** @param app the application container, for its token mount */
export function installContainer(
  image: InitImage,
  pod: Pod,
  app: Container,
  resources: Resources,
): Container {
  // without the token mount the API server would add it later and call every webhook a second time for this
  // pod (facts/cluster.md, seen on that cluster)
  const token = (app.volumeMounts ?? []).filter(({ mountPath }) => mountPath === POD_TOKEN_MOUNT);
  return {
    name: INSTALL_CONTAINER,
    image: image.name,
    ...(image.pullPolicy === undefined ? {} : { imagePullPolicy: image.pullPolicy }),
    args: ["install"],
    resources,
    securityContext: {
      runAsNonRoot: true,
      // only where the pod says root: elsewhere the image's user or the platform's range is right
      ...(pod.spec.securityContext?.runAsUser === 0 ? { runAsUser: OUR_USER } : {}),
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [{ name: RUNNER_VOLUME, mountPath: INSTALL_MOUNT }, ...token],
  };
}
