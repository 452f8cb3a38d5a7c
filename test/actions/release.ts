import { packed, recordName, recordType } from '../../src/domain/helm/revision.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'

type Given = {
  readonly manifest?: string
  readonly hooks?: readonly object[]
  readonly method?: 'ssa' | 'csa'
  readonly at?: string
  readonly config?: object
  readonly labels?: Readonly<Record<string, string>>
}

/** A record of revision `version` of the release shop/web, as Helm writes it. */
export const record = (version: number, status: string, given: Given = {}): KubeObject => {
  const { manifest = '', hooks = [], method, at = '2026-11-20T08:00:00Z', config = {}, labels = {} } = given
  const body = {
    name: 'web',
    info: { first_deployed: '2026-11-01T08:00:00Z', last_deployed: at, description: 'Upgrade complete', status },
    chart: { metadata: { name: 'web', version: `1.${version}.0`, apiVersion: 'v2', appVersion: '9' } },
    config,
    manifest,
    hooks,
    version,
    namespace: 'shop',
    ...(method === undefined ? {} : { apply_method: method }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: recordName('web', version),
      namespace: 'shop',
      uid: `record-${version}`,
      resourceVersion: String(100 + version),
      labels: { ...labels, name: 'web', owner: 'helm', status, version: String(version), modifiedAt: '1' },
    },
    type: recordType,
    data: { release: packed(body) },
  } as never
}

/** The release as a plan's target. */
export const release = (revision: number, status = 'deployed'): KubeObject =>
  ({
    apiVersion: 'helm.sh/v3',
    kind: 'HelmRelease',
    metadata: { name: 'web', namespace: 'shop', uid: `record-${revision}`, resourceVersion: String(100 + revision) },
    spec: { revision, status },
  }) as never

/** What Helm adds to every object that it writes. */
export const ofHelm = {
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' },
}
