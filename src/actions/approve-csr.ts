import { z } from 'zod'
import { conditionsAt, listAt, numberAt, textAt } from '../domain/at.ts'
import { type CertificateRequest, parseCertificateRequest } from '../domain/certificate-request.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { type Op, patchRequest } from './change/patch.ts'

/** What is asked for, by whom: all that decides. */
type Asked = {
  readonly signer: string
  readonly user: string
  readonly groups: readonly string[]
  readonly usages: readonly string[]
  readonly request: CertificateRequest
}

/**
 * Approves a CertificateSigningRequest of one of Kubernetes' own signers, after reading what it really asks for. Refuses what
 * would be a member of `system:masters` or another of the cluster's own users, what a node asks for in another's name, and
 * what it cannot read. Always a high risk; there is no way back.
 */
export const action: Action = defineAction({
  id: 'approve-csr',
  title: 'Approve',
  kinds: ['CertificateSigningRequest.certificates.k8s.io'],
  needs: [],
  input: z.strictObject({}),
  draft: ({ target, mark, at }) => {
    const decided = alreadyDecided(target)
    if (decided !== undefined) return decided
    const asked = readAsked(target)
    if (isRefusal(asked)) return asked
    const no = forbidden(asked)
    if (no !== undefined) return no
    const request = patchRequest(target, mark, approval(target, mark, `${at.slice(0, 19)}Z`), {
      subresource: 'approval',
    })
    if (isRefusal(request)) return request
    const { uid: _, ...object } = refOf(target)
    const status = (type: string, value: string) =>
      ({ path: ['status', 'conditions', type, 'status'], is: 'equal', value }) as const
    return {
      change: { kind: 'cluster-write', request },
      risk: 'high',
      blast: { pods: 0, workloads: 0, services: 0, objects: [refOf(target)], notes: notesOf(target, asked) },
      success: {
        kind: 'fields-hold',
        target: object,
        all: [status('Approved', 'True'), { path: ['status', 'certificate'], is: 'present' }],
        never: [status('Failed', 'True')],
        within: 60,
      },
      undo: { kind: 'none', reason: 'an approval stands, and a certificate is good until it expires' },
      summary: `Approve ${target.metadata.name}: a ${signers[asked.signer]} for ${asked.request.commonName}`,
    }
  },
})

const signers: Readonly<Record<string, string>> = {
  'kubernetes.io/kubelet-serving': 'kubelet’s serving certificate',
  'kubernetes.io/kube-apiserver-client-kubelet': 'node’s client certificate',
  'kubernetes.io/kube-apiserver-client': 'client certificate',
}

const alreadyDecided = (csr: KubeObject): Refusal | undefined => {
  const decision = conditionsAt(csr).find((one) => ['Approved', 'Denied', 'Failed'].includes(one.type ?? ''))
  return decision === undefined
    ? undefined
    : refused('already-there', `${csr.metadata.name} is ${decision.type?.toLowerCase()} already.`)
}

const readAsked = (csr: KubeObject): Asked | Refusal => {
  const signer = textAt(csr, 'spec', 'signerName') ?? ''
  if (!Object.hasOwn(signers, signer))
    return refused('signer-unknown', `${csr.metadata.name} asks another signer than Kubernetes' own; approve it there.`)
  const pem = Buffer.from(textAt(csr, 'spec', 'request') ?? '', 'base64').toString('latin1')
  const request = parseCertificateRequest(pem)
  const texts = (field: string) => listAt(csr, 'spec', field).filter((one) => typeof one === 'string')
  const user = textAt(csr, 'spec', 'username') ?? ''
  if (request === undefined || [user, request.commonName, ...request.organizations, ...request.names].some(odd))
    return refused('uninspectable', `What ${csr.metadata.name} asks for cannot be read, so nobody could judge it.`)
  return { signer, user, groups: texts('groups'), usages: texts('usages'), request }
}

const odd = (text: string): boolean => !/^[A-Za-z0-9 @._:/+=-]{0,253}$/.test(text)

const nodeUser = 'system:node:'
const usages: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/kubelet-serving': ['digital signature', 'key encipherment', 'server auth'],
  'kubernetes.io/kube-apiserver-client-kubelet': ['digital signature', 'key encipherment', 'client auth'],
  'kubernetes.io/kube-apiserver-client': ['digital signature', 'key encipherment', 'client auth'],
}

const forbidden = ({ signer, user, groups, usages: wanted, request }: Asked): Refusal | undefined => {
  const { commonName, organizations, names } = request
  if (commonName === '') return refused('no-name', 'The request names nobody.')
  if (organizations.includes('system:masters'))
    return refused('system-masters', `It asks for a member of system:masters, whom no rule can ever hold back.`)
  const extra = wanted.filter((usage) => !usages[signer]?.includes(usage))
  if (extra.length > 0)
    return refused('usages-wrong', `It asks for more than such a certificate may do: ${extra.join(', ')}.`)
  if (signer === 'kubernetes.io/kube-apiserver-client')
    return [commonName, ...organizations].some((name) => name.startsWith('system:'))
      ? refused('system-user', `${commonName} would be one of the cluster's own users or groups.`)
      : undefined
  if (!commonName.startsWith(nodeUser) || organizations.join() !== 'system:nodes')
    return refused('not-a-node', 'Such a certificate is only for a node in the group system:nodes.')
  const itself = user === commonName && groups.includes('system:nodes')
  if (signer === 'kubernetes.io/kubelet-serving') {
    if (!itself) return refused('another-asked', `${user} asks for the certificate of ${commonName}.`)
    return names.length === 0 || names.some((name) => !/^(dns|ip):/.test(name))
      ? refused('names-wrong', 'A serving certificate needs DNS names or addresses, and nothing else.')
      : undefined
  }
  if (names.length > 0) return refused('names-wrong', 'A client certificate has no alternative names.')
  return itself || groups.includes('system:bootstrappers')
    ? undefined
    : refused('another-asked', `${user} is neither ${commonName} nor a node that joins.`)
}

const notesOf = (csr: KubeObject, { user, groups, usages: wanted, request }: Asked): readonly string[] => {
  const seconds = numberAt(csr, 'spec', 'expirationSeconds')
  return [
    `asked for by ${user}, of ${groups.filter((group) => !odd(group)).join(', ') || 'no group'}`,
    `subject ${request.commonName}${request.organizations.length === 0 ? '' : `, groups ${request.organizations.join(', ')}`}`,
    ...(request.names.length === 0 ? [] : [`names ${request.names.slice(0, 8).join(', ')}`]),
    `may be used for ${wanted.join(', ')}${seconds === undefined ? '' : `, for ${Math.round(seconds / 3600)} h`}`,
  ]
}

const approval = (csr: KubeObject, mark: string, at: string): readonly Op[] => {
  const approved = {
    type: 'Approved',
    status: 'True',
    reason: 'ApprovedByPlan',
    message: `Approved by people through cluster-doctor, plan ${mark}`,
    lastUpdateTime: at,
    lastTransitionTime: at,
  }
  if (csr.status === undefined) return [{ op: 'add', path: '/status', value: { conditions: [approved] } }]
  return Array.isArray((csr.status as { readonly conditions?: unknown }).conditions)
    ? [{ op: 'add', path: '/status/conditions/-', value: approved }]
    : [{ op: 'add', path: '/status/conditions', value: [approved] }]
}
