import { describe, expect, it } from 'vitest'
import { parseManifest, withoutBlock } from '../../src/verbs/asking/manifest.ts'

describe('a manifest that somebody pasted', () => {
  it('is one object, read as YAML 1.2, so that no is a word', () => {
    expect(parseManifest('kind: ConfigMap\ndata:\n  country: no\n  n: "010"\n')).toEqual({
      kind: 'ConfigMap',
      data: { country: 'no', n: '010' },
    })
    expect(parseManifest('{"kind":"ConfigMap","data":{}}')).toEqual({ kind: 'ConfigMap', data: {} })
  })

  it.each([
    ['nothing', ''],
    ['a list', '- a\n- b'],
    ['two objects', 'kind: A\n---\nkind: B\n'],
    ['a key twice', 'kind: A\nkind: B\n'],
    ['an anchor', 'a: &x {b: 1}\nc: 1\n'],
    ['an alias', 'a: &x 1\nb: *x\n'],
    ['a tag', 'a: !!js/function "x"\n'],
    ['a tag of one’s own', 'a: !thing x\n'],
    ['tabs', 'a:\n\tb: 1\n'],
    ['a prototype', 'a:\n  __proto__:\n    x: 1\n'],
    ['a number that loses digits', 'a: 123456789012345678901\n'],
    ['no number', 'a: .nan\n'],
    ['depth', `${'['.repeat(200)}`],
    [
      'a bomb',
      `a: &a [x,x]\n${'bcdefgh'
        .split('')
        .map((c, i) => `${c}: &${c} [*${'abcdefg'[i]},*${'abcdefg'[i]}]`)
        .join('\n')}`,
    ],
    ['too much', `a: ${'x'.repeat(20_000)}`],
    ['half of it', 'a: "x'],
  ])('is refused with a sentence: %s', (_, text) => {
    expect(parseManifest(text)).toMatchObject({ kind: 'refused', code: 'manifest-invalid' })
  })

  it('stands in a code block as Slack hands it over', () => {
    expect(withoutBlock('apply -n shop ```yaml\nurl: <https://a.dev/x>\nop: a &lt; b &amp;&amp; c\n```')).toEqual({
      line: 'apply -n shop  ',
      block: 'url: https://a.dev/x\nop: a < b && c\n',
    })
    expect(withoutBlock('apply ```{"kind":"A"}``` -n shop')).toEqual({ line: 'apply   -n shop', block: '{"kind":"A"}' })
    expect(withoutBlock('pods -n shop')).toEqual({ line: 'pods -n shop' })
    expect(withoutBlock('apply ```kind: A')).toMatchObject({ code: 'usage' })
  })
})
