// What injection needs to know beyond profiles: settings of the installation, from the webhook's own pod.

export interface InitImage {
  name: string;
  pullPolicy?: string | undefined;
}

export interface InjectSettings {
  initImage: InitImage;
  /** who the StatefulSet controller may be, see DEFAULT_CONTROLLER_USERS */
  controllerUsers: readonly string[];
}

/**
 * The controller's own service account (kubeadm, kind and the managed clusters), or the controller manager
 * where all controllers share one identity (docs/research/kubernetes-admission.md#controllers).
 */
export const DEFAULT_CONTROLLER_USERS: readonly string[] = [
  "system:serviceaccount:kube-system:statefulset-controller",
  "system:kube-controller-manager",
];
