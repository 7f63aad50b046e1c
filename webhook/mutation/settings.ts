// Settings of the installation that injection needs.

export interface InitImage {
  name: string;
  pullPolicy?: string | undefined;
}

export interface InjectSettings {
  initImage: InitImage;
  /** users that the StatefulSet controller may have, see DEFAULT_CONTROLLER_USERS */
  controllerUsers: readonly string[];
}

/**
 * The controller's own service account (kubeadm, kind and managed clusters), or the user of the controller manager if all
 * controllers share one identity (docs/research/kubernetes-admission.md#controllers).
 */
export const DEFAULT_CONTROLLER_USERS: readonly string[] = [
  "system:serviceaccount:kube-system:statefulset-controller",
  "system:kube-controller-manager",
];
