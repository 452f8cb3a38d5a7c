/** The kinds that may be made, changed and deleted as whole objects. Each is in the table of write-path.ts too. */
export const wholeKinds: readonly string[] = [
  'ConfigMap',
  'Service',
  'Pod',
  'PersistentVolumeClaim',
  'LimitRange',
  'ResourceQuota',
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
  'HorizontalPodAutoscaler.autoscaling',
  'PodDisruptionBudget.policy',
  'Ingress.networking.k8s.io',
  'NetworkPolicy.networking.k8s.io',
]
