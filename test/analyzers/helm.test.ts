import { describe, expect, it } from 'vitest'
import { analyzer } from '../../src/analyzers/helm.ts'
import { viewOf } from '../diagnosis/view-of.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'delivery')

describe('when a revision was made', () => {
  const record = (version: number, status: string, created: string, modified: string): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.web.v${version}`,
      namespace: 'shop',
      creationTimestamp: created,
      labels: {
        owner: 'helm',
        name: 'web',
        version: String(version),
        status,
        modifiedAt: String(Date.parse(modified) / 1000),
      },
    },
  })
  const found = (at: string) =>
    analyzer.analyze(
      viewOf(
        [
          record(1, 'deployed', '2026-11-01T08:00:00Z', '2026-11-01T08:00:00Z'),
          record(2, 'pending-upgrade', '2026-11-20T09:55:00Z', '2026-11-01T08:00:00Z'),
        ]
          .map((one) => JSON.stringify(one))
          .join('\n---\n'),
        { now: at },
      ),
    )

  it('is told by its record where the label that Helm 4 hands on is older', () => {
    expect(found('2026-11-20T10:00:00Z')).toEqual([])
    expect(found('2026-11-20T10:30:00Z')).toMatchObject([
      { code: 'helm-release-pending', since: '2026-11-20T09:55:00Z' },
    ])
  })
})
