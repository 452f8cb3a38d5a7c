import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, patchOf } from './objects.ts'
import { type Subject, signingRequest } from './signing-request.ts'

const nodeName = 'system:node:worker-1'
const serving = { commonName: nodeName, organizations: ['system:nodes'], dns: ['worker-1'], ips: ['10.0.0.7'] }
const base64 = (text: string) => Buffer.from(text).toString('base64')
const csr = (subject: Subject | string = serving, spec: object = {}, status: object | undefined = {}) =>
  ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'csr-x', uid: 'q1', resourceVersion: '3' },
    spec: {
      signerName: 'kubernetes.io/kubelet-serving',
      username: nodeName,
      groups: ['system:nodes', 'system:authenticated'],
      usages: ['digital signature', 'server auth'],
      request: base64(typeof subject === 'string' ? subject : signingRequest(subject)),
      ...spec,
    },
    status,
  }) as KubeObject
const client = (subject: Subject, more: object = {}) =>
  csr(subject, {
    signerName: 'kubernetes.io/kube-apiserver-client',
    username: 'dana',
    groups: ['platform'],
    usages: ['client auth'],
    ...more,
  })

describe('approve-csr', () => {
  it('approves through the approval subresource and shows who asked, for whom and for what', () => {
    const made = drafted('approve-csr', csr())
    const path = made.change.kind === 'cluster-write' ? made.change.request.path : ''
    expect(path).toBe('/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-x/approval')
    expect(patchOf(made)).toContainEqual({
      op: 'add',
      path: '/status/conditions',
      value: [
        {
          type: 'Approved',
          status: 'True',
          reason: 'ApprovedByPlan',
          message: 'Approved by people through cluster-doctor, plan abcdef012345',
          lastUpdateTime: '2026-11-20T10:00:00Z',
          lastTransitionTime: '2026-11-20T10:00:00Z',
        },
      ],
    })
    expect(made).toMatchObject({ risk: 'high', undo: { kind: 'none' } })
    expect(made.summary).toBe('Approve csr-x: a kubelet’s serving certificate for system:node:worker-1')
    expect(made.blast.notes).toEqual([
      'asked for by system:node:worker-1, of system:nodes, system:authenticated',
      'subject system:node:worker-1, groups system:nodes',
      'names dns:worker-1, ip:10.0.0.7',
      'may be used for digital signature, server auth',
    ])
  })

  it('approves a person’s client certificate, and a node that joins', () => {
    expect(drafted('approve-csr', client({ commonName: 'dana', organizations: ['platform'] })).risk).toBe('high')
    const joining = {
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      username: 'system:bootstrap:abc123',
      groups: ['system:bootstrappers'],
      usages: ['client auth'],
    }
    expect(drafted('approve-csr', csr({ commonName: nodeName, organizations: ['system:nodes'] }, joining)).risk).toBe(
      'high',
    )
  })

  it.each([
    ['a member of system:masters', client({ commonName: 'dana', organizations: ['system:masters'] }), 'system-masters'],
    [
      'one among other groups',
      client({ commonName: 'dana', organizations: ['a', 'system:masters'] }),
      'system-masters',
    ],
    ['system:masters at another signer', csr({ ...serving, organizations: ['system:masters'] }), 'system-masters'],
    ['one of the cluster’s own users', client({ commonName: 'system:kube-scheduler' }), 'system-user'],
    ['usages beyond it', client({ commonName: 'dana' }, { usages: ['server auth'] }), 'usages-wrong'],
    ['a signer of somebody else', csr(serving, { signerName: 'acme.dev/internal' }), 'signer-unknown'],
    ['a signer named like a method', csr(serving, { signerName: 'constructor' }), 'signer-unknown'],
    ['another node’s certificate', csr({ ...serving, commonName: 'system:node:worker-2' }), 'another-asked'],
    ['a node’s asked for by a person', csr(serving, { username: 'dana' }), 'another-asked'],
    ['a serving one for no node', csr({ ...serving, commonName: 'dana' }), 'not-a-node'],
    ['a serving one with an odd name', csr({ ...serving, uris: ['spiffe://x'] }), 'names-wrong'],
    ['a serving one without names', csr({ commonName: nodeName, organizations: ['system:nodes'] }), 'names-wrong'],
    ['nobody', client({}), 'no-name'],
    [
      'what cannot be read',
      csr('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'),
      'uninspectable',
    ],
    ['a name that hides what it is', client({ commonName: 'da\u202ena' }), 'uninspectable'],
    ['what is approved', csr(serving, {}, { conditions: [{ type: 'Approved', status: 'True' }] }), 'already-there'],
    ['what was denied', csr(serving, {}, { conditions: [{ type: 'Denied', status: 'True' }] }), 'already-there'],
  ])('refuses %s', (_, target, code) => {
    expect(draft('approve-csr', target)).toMatchObject({ code })
  })
})
