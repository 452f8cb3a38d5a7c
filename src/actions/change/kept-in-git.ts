/** The kinds whose manifests a pull request may change, and be merged for. */
export const keptInGit: readonly string[] = [
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Service',
  'ConfigMap',
  'Secret',
  'Ingress.networking.k8s.io',
  'NetworkPolicy.networking.k8s.io',
  'ResourceQuota',
  'PersistentVolumeClaim',
  'HorizontalPodAutoscaler.autoscaling',
  'CronJob.batch',
  'Job.batch',
  'Namespace',
  'ServiceAccount',
  'Application.argoproj.io',
]
