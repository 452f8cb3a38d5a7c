import { describe, expect, it } from 'vitest'
import { lookForTrouble, type Remembered } from '../../../src/doctor/watching/look-for-trouble.ts'
import type { KubeObject } from '../../../src/domain/kubernetes.ts'

const start = Date.parse('2026-11-21T10:00:00Z')
const patience = { lasts: 120_000, over: 60_000 }
const deployment = (available: number, progressed?: number, name = 'checkout'): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { replicas: 3 },
    status: {
      availableReplicas: available,
      ...(progressed === undefined
        ? {}
        : {
            conditions: [{ type: 'Progressing', status: 'True', lastUpdateTime: new Date(progressed).toISOString() }],
          }),
    },
  }) as unknown as KubeObject

/** Plays looks at given seconds; undefined objects: the kind could not be read. Returns what was told, with its second. */
const play = (
  looks: readonly (readonly [second: number, objects: readonly KubeObject[] | undefined])[],
  known: (second: number) => boolean = () => false,
) => {
  let remembered: Remembered = {}
  const told: string[] = []
  const ids: string[] = []
  for (const [second, objects] of looks) {
    const at = { cluster: 'prod', now: start + second * 1000, patience }
    const looked = lookForTrouble([{ kind: 'Deployment', objects }], remembered, at, () => known(second))
    // What is remembered goes through the store.
    remembered = JSON.parse(JSON.stringify(looked.remembered)) as Remembered
    for (const { status, deliveryId } of looked.tell) {
      told.push(`${second} ${status}`)
      ids.push(deliveryId)
    }
  }
  return { told, ids, remembered }
}

describe('looking for trouble', () => {
  it('tells once what lasts, and its end after a minute of health', () => {
    const { told, ids, remembered } = play([
      [0, [deployment(1)]],
      [100, [deployment(0)]],
      [121, [deployment(1)]],
      [300, [deployment(1)]],
      [310, [deployment(3)]],
      [340, [deployment(3)]],
      [371, [deployment(3)]],
      [400, [deployment(3)]],
    ])
    expect(told).toEqual(['121 firing', '371 resolved'])
    expect(new Set(ids).size).toBe(2)
    expect(remembered).toEqual({})
  })

  it('tells nothing of a blip, nor of blips that follow each other', () => {
    const blips = [0, 1, 2, 3, 4, 5].flatMap(
      (turn) =>
        [
          [turn * 100, [deployment(1)]],
          [turn * 100 + 60, [deployment(3)]],
        ] as const,
    )
    expect(play(blips).told).toEqual([])
  })

  it('waits while a rollout moves, but not for ever', () => {
    const rolling = (second: number) => [second, [deployment(2, start + second * 1000)]] as const
    expect(play([0, 60, 120, 180, 240].map(rolling)).told).toEqual([])
    expect(play([0, 60, 120, 180, 240, 300, 420, 481].map(rolling)).told).toEqual(['481 firing'])
    expect(play([rolling(0), [60, [deployment(2, start)]], [121, [deployment(2, start)]]]).told).toEqual(['121 firing'])
  })

  it('ends nothing, and forgets nothing, while it cannot look', () => {
    const { told } = play([
      [0, [deployment(1)]],
      [60, undefined],
      [121, [deployment(1)]],
      [140, undefined],
      [900, undefined],
      [915, [deployment(1)]],
    ])
    expect(told).toEqual(['121 firing'])
  })

  it('does not end what is well for a moment only', () => {
    const { told } = play([
      [0, [deployment(1)]],
      [121, [deployment(1)]],
      [130, [deployment(3)]],
      [160, [deployment(1)]],
      [200, [deployment(3)]],
      [230, [deployment(1)]],
    ])
    expect(told).toEqual(['121 firing'])
  })

  it('ends what was told of an object that is gone, and says nothing of one that it never told of', () => {
    expect(
      play([
        [0, [deployment(1)]],
        [60, []],
      ]).told,
    ).toEqual([])
    expect(
      play([
        [0, [deployment(1)]],
        [121, [deployment(1)]],
        [130, []],
        [140, []],
      ]).told,
    ).toEqual(['121 firing', '130 resolved'])
  })

  it('leaves to an incident what that is about already, until it is over and the trouble is not', () => {
    const still = [0, 121, 200, 300, 400].map((second) => [second, [deployment(1)]] as const)
    expect(play(still, (second) => second < 300).told).toEqual(['300 firing'])
  })

  it('tells a whole cluster that fails in turns', () => {
    const all = Array.from({ length: 70 }, (_, index) => deployment(0, undefined, `app-${index}`))
    const { told } = play([
      [0, all],
      [121, all],
      [136, all],
      [151, all],
    ])
    expect(told.filter((one) => one === '121 firing')).toHaveLength(50)
    expect(told.filter((one) => one === '136 firing')).toHaveLength(20)
    expect(told).toHaveLength(70)
  })

  it('remembers no more than a thousand at once', () => {
    const all = Array.from({ length: 1_200 }, (_, index) => deployment(0, undefined, `app-${index}`))
    expect(Object.keys(play([[0, all]]).remembered)).toHaveLength(1_000)
    expect(
      Object.keys(
        play([
          [0, all],
          [15, all],
        ]).remembered,
      ),
    ).toHaveLength(1_000)
  })
})
