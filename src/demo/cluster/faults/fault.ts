import type { SimulatedCluster } from '../start.ts'

/** An alert as Alertmanager or PagerDuty carries it. */
export type FaultAlert = {
  readonly alertname: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** The part of a cluster that a fault works on. */
export type FaultCluster = Pick<SimulatedCluster, 'name' | 'store' | 'machines' | 'now'>

/** Something that breaks. `inject` makes the change a person, CI or a machine would make; what follows is the cluster's own doing. */
export type Fault = {
  readonly id: string
  readonly title: string
  /** What was done and what comes of it, in one or two sentences. */
  readonly whatHappens: string
  readonly namespace: string
  readonly target: { readonly kind: string; readonly name: string }
  /** Argo CD applies the target from Git: a live change would be undone. */
  readonly gitOwned: boolean
  /** What the monitoring of a real cluster would page with. */
  readonly alert: FaultAlert
  readonly inject: (cluster: FaultCluster) => void
  /** Puts things back as they were. */
  readonly heal: (cluster: FaultCluster) => void
}

/** An alert with the labels and texts of the usual Kubernetes rules. */
export function alert(
  alertname: string,
  severity: 'critical' | 'warning',
  labels: Readonly<Record<string, string>>,
  summary: string,
  description: string,
): FaultAlert {
  return {
    alertname,
    labels: { alertname, severity, prometheus: 'monitoring/k8s', ...labels },
    annotations: {
      summary,
      description,
      runbook_url: `https://runbooks.prometheus-operator.dev/runbooks/kubernetes/${alertname.toLowerCase()}`,
    },
  }
}
