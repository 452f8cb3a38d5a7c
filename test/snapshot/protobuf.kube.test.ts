import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createBreath } from '../../src/snapshot/breathe.ts'
import { collect } from '../../src/snapshot/collect.ts'
import { decodeList } from '../../src/snapshot/decode-list.ts'
import { type KindSchema, kindSchemas } from '../../src/snapshot/schema/kinds.ts'
import { assets, type ControlPlane, startControlPlane } from '../kube/control-plane.ts'
import { richStatuses } from './rich-status.ts'

/** The kinds that no API server of a bare control plane serves, and those that are asked for otherwise. */
const elsewhere = new Set(['PodMetrics', 'NodeMetrics', 'ControllerRevision', 'Secret'])

/** Without what Go leaves out of JSON and the wire writes anyway: empty text, zero, false, empty lists and objects. */
const sparse = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => sparse(item) ?? null)
  if (typeof value !== 'object' || value === null) {
    return value === '' || value === 0 || value === false ? undefined : value
  }
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const kept = sparse(item)
    return kept === undefined ? [] : [[key, kept] as const]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

describe.runIf(assets !== undefined)('lists of a real API server', () => {
  let plane: ControlPlane
  let reader: ReturnType<typeof openReader>
  beforeAll(async () => {
    plane = await startControlPlane()
    const objects = readFileSync(new URL('./rich-objects.yaml', import.meta.url), 'utf8')
    // References (namespace, class, account) must be there before what names them.
    for (const attempt of [1, 2, 3]) {
      const applied = await plane.kubectl(['apply', '--server-side', '-f', '-'], objects)
      if (applied.code === 0) break
      if (attempt === 3) throw new Error(applied.stderr)
    }
    for (const [kind, name, status] of richStatuses) {
      const patch = JSON.stringify({ status })
      const args = ['-n', 'rich', 'patch', kind, name, '--subresource=status', '--type=merge', '-p', patch]
      const patched = await plane.kubectl(args)
      if (patched.code !== 0) throw new Error(`${kind}: ${patched.stderr}`)
    }
    const { contexts, problems } = loadContexts({ kubeconfig: plane.kubeconfig, contexts: [], allowExec: false })
    const context = contexts[0]
    if (context === undefined) throw new Error(problems.join(' '))
    reader = openReader(context)
  })
  afterAll(async () => {
    reader?.close()
    await plane?.stop()
  })

  const read = async (schema: KindSchema, accept: string): Promise<readonly KubeObject[]> => {
    const raw = await reader.list(
      {
        group: schema.group,
        version: schema.version,
        resource: schema.resource,
        kind: schema.kind,
        namespaced: schema.namespaced,
      },
      { accept },
    )
    if (raw.kind !== 'ok') throw new Error(`${schema.kind}: ${JSON.stringify(raw)}`)
    expect(raw.value.contentType).toContain(accept)
    return (await decodeList(schema, raw.value, createBreath())).objects
  }

  const kinds = [...kindSchemas.values()].filter((schema) => !elsewhere.has(schema.kind))

  it.each(kinds.map((schema) => [schema.kind, schema] as const))(
    '%s reads the same off the wire as from JSON',
    async (_, schema) => {
      const wire = await read(schema, 'application/vnd.kubernetes.protobuf')
      const json = await read(schema, 'application/json')
      expect(json.length).toBeGreaterThan(0)
      expect(wire.map(sparse)).toEqual(json.map(sparse))
    },
  )

  it('keeps what zero, empty and false mean where they mean something', async () => {
    const view = await collect(reader)
    const pod = view.get('Pod', 'rich', 'rich')
    expect(pod?.spec?.securityContext?.runAsUser).toBe(0)
    expect(pod?.spec?.volumes?.find((volume) => volume.ephemeral)?.ephemeral?.volumeClaimTemplate?.spec).toMatchObject({
      storageClassName: '',
    })
    expect(pod?.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]).toMatchObject({
      namespaceSelector: {},
    })
    expect(view.get('Deployment', 'rich', 'web')?.spec?.replicas).toBe(0)
    expect(view.get('NetworkPolicy', 'rich', 'policy')?.spec?.podSelector).toEqual({})
    expect(view.get('Namespace', undefined, 'rich')?.metadata.labels?.['empty']).toBe('')
  })

  it('collects a cluster with protobuf lists and never a value of a Secret', async () => {
    const view = await collect(reader)
    expect(view.coverage.unavailable).toEqual([{ source: 'metrics', reason: 'not-served' }])
    expect(view.presence('Secret', 'rich', 'keys')).toBe('present')
    expect(view.presence('Secret', 'rich', 'nope')).toBe('absent')
    expect(JSON.stringify(view.all('Secret'))).not.toContain('hunter2')
    expect(JSON.stringify(view.all('Secret'))).not.toContain(Buffer.from('hunter2').toString('base64'))
    expect(view.kubernetesVersion).toMatch(/^v1\./)
  })
})
