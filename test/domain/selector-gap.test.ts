import { describe, expect, it } from 'vitest'
import { gapText, selectorGap, selectsByRuntimeLabel } from '../../src/domain/selector-gap.ts'

describe('selectorGap', () => {
  it('finds a near value, a renamed key and an extra pair', () => {
    expect(selectorGap({ app: 'catalogue' }, { app: 'catalog' })?.likeness).toBe(0.8)
    expect(selectorGap({ app: 'web' }, { 'app.kubernetes.io/name': 'web' })?.differences[0]?.hasKey).toBe(
      'app.kubernetes.io/name',
    )
    expect(selectorGap({ app: 'web', tier: 'x' }, { app: 'web' })?.likeness).toBe(0.5)
  })
  it('finds nothing where nothing is alike, or nothing is amiss', () => {
    expect(selectorGap({ app: 'orders' }, { app: 'users' })).toBeUndefined()
    expect(selectorGap({ app: 'web' }, { app: 'web' })).toBeUndefined()
  })
  it('says what differs', () => {
    const gap = selectorGap({ app: 'catalogue' }, { app: 'catalog' })
    expect(gap === undefined ? '' : gapText(gap)).toBe('selector wants app=catalogue, pods have app=catalog')
  })
  it('knows labels that are set while pods run', () => {
    expect(selectsByRuntimeLabel({ app: 'pg', 'cnpg.io/instanceRole': 'replica' })).toBe(true)
    expect(selectsByRuntimeLabel({ app: 'pg' })).toBe(false)
  })
})
