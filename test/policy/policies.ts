import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadActions } from '../../src/actions/load.ts'
import { loadPolicy } from '../../src/policy/load-policy.ts'
import type { Policy, PolicyRequest } from '../../src/policy/policy.ts'

/** The catalogue, and an action that no shipped rule names. */
export const actions = [...(await loadActions()).keys(), 'something-new']

/** Loads the shipped policy, or a text as the one file of a folder. */
export const load = (text?: string, approvers: readonly string[] = ['U123'], timezone = 'UTC') => {
  if (text === undefined) return loadPolicy({ approvers, actions, timezone })
  const folder = mkdtempSync(join(tmpdir(), 'doctor-policy-'))
  writeFileSync(join(folder, 'own.cedar'), text)
  try {
    return loadPolicy({ approvers, actions, folder, timezone })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The same, where it must load. */
export const loaded = (text?: string, approvers?: readonly string[], timezone?: string): Policy => {
  const result = load(text, approvers, timezone)
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems))
  return result.policy
}

/** A rollback of a Deployment at a calm hour, with what a test changes. */
export const request = (more: Partial<PolicyRequest> = {}): PolicyRequest => ({
  cluster: 'prod',
  action: 'rollback-rollout',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  labels: { app: 'web' },
  namespaceLabels: {},
  risk: 'medium',
  requester: { id: 'doctor', name: 'the doctor' },
  blast: { pods: 3, workloads: 1, services: 1 },
  previewed: true,
  frozen: false,
  at: '2026-11-20T10:00:00Z',
  ...more,
})
