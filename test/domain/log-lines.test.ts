import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLine } from '../../src/domain/log-line.ts'
import { decisive, isTrouble, readLog } from '../../src/domain/log-lines.ts'

describe('readLine', () => {
  it.each([
    ['2026-11-20T09:57:58.123Z ERROR boom', 'error', 'boom'],
    ['2025-05-29 10:15:28,411 - WARNING - late', 'warn', 'late'],
    ['2026/11/20 09:00:00 [emerg] 1#1: bad', 'fatal', '1#1: bad'],
    ['E1120 09:57:13.123456       1 reflector.go:138] lost', 'error', 'lost'],
    ['1:M 20 Nov 2026 09:41:02.114 * saved', undefined, 'saved'],
    ['Fri Nov 20 09:57:00 UTC 2026 INFO: fine', 'info', 'fine'],
    ['time="2026-11-20T09:00:00Z" level=error msg="no" err="dial tcp"', 'error', 'no: dial tcp'],
    ['{"level":50,"time":1732093200000,"msg":"boom","err":{"message":"why"}}', 'error', 'boom: why'],
    ['{"severity":"CRITICAL","message":"over"}', 'fatal', 'over'],
    ['2026-11-20T09:57:58.123456789Z stderr F panic: x', undefined, 'panic: x'],
    ['2026-11-21T06:04:39.034000000Z {"time":"2026-11-21T06:04:39Z","level":"error","msg":"lost"}', 'error', 'lost'],
    ['\u001b[31mERROR\u001b[0m red', 'error', 'red'],
    ['Error: part of the message', undefined, 'Error: part of the message'],
    ['[09:41:02] [WARN] low', 'warn', 'low'],
  ])('undresses %s', (raw, level, text) => {
    const line = readLine(raw)
    expect([line.level, line.text]).toEqual([level, text])
  })
})

const headline = (log: string): string | undefined => decisive(readLog(log))[0]?.text

describe('readLog', () => {
  it.each([
    [
      'Java',
      'x.Outer: a\n\tat b.C.d(C.java:1)\nCaused by: y.Inner: deep\n\tat e.F(F.java:2)\n\t... 9 more',
      'x.Outer: a (Caused by: y.Inner: deep)',
      1,
    ],
    [
      'Python',
      'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    x()\nValueError: bad\n',
      'ValueError: bad',
      1,
    ],
    [
      'chained Python',
      'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: \'A\'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "a.py", line 3\nRuntimeError: last\n',
      'RuntimeError: last',
      1,
    ],
    [
      'Go',
      'panic: nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:9 +0x1d\nexit status 2\n',
      'panic: nil map',
      1,
    ],
    [
      'Node.js',
      '/app/i.js:4\n    throw new Error("no url");\n    ^\n\nError: no url\n    at Object.<anonymous> (/app/i.js:4:11)\n\nNode.js v20.1.0\n',
      'Error: no url',
      1,
    ],
    [
      '.NET',
      'Unhandled exception. System.Exception: outer\n ---> System.IO.IOException: inner\n   at A.B()\n   --- End of inner exception stack trace ---\n',
      'Unhandled exception. System.Exception: outer (Caused by: System.IO.IOException: inner)',
      1,
    ],
    [
      'Rust',
      "thread 'main' panicked at src/main.rs:5:10:\ncalled `unwrap()` on None\nnote: run with `RUST_BACKTRACE=1`\n",
      "thread 'main' panicked at src/main.rs:5:10: called `unwrap()` on None",
      1,
    ],
    [
      'Ruby',
      "/app/a.rb:3:in 'connect': refused (Errno::ECONNREFUSED)\n\tfrom /app/a.rb:9:in '<main>'\n",
      "/app/a.rb:3:in 'connect': refused (Errno::ECONNREFUSED)",
      1,
    ],
    [
      'PHP',
      'PHP Fatal error:  Uncaught E: no in /a.php:3\nStack trace:\n#0 {main}\n  thrown in /a.php on line 3\n',
      'PHP Fatal error:  Uncaught E: no in /a.php:3',
      1,
    ],
  ])('joins a stack trace of %s', (_, log, expected, entries) => {
    expect(readLog(log).entries.length).toBe(entries)
    expect(headline(log)).toBe(expected)
  })

  it('takes the last fatal line for decisive, and the last line where nothing sounds bad', () => {
    expect(headline('ERROR one\nFATAL two\nINFO three\n')).toBe('two')
    expect(headline('tick\ntock\n')).toBe('tock')
  })

  it('counts alike messages as one pattern', () => {
    const [pattern] = readLog(
      Array.from({ length: 9 }, (_, index) => `ERROR order ${index} failed`).join('\n'),
    ).patterns
    expect(pattern?.count).toBe(9)
  })

  it('takes no success for trouble', () => {
    const troubled = readLog('checked 12 files, 0 errors\nfailover complete\nerrors=0\n').entries.filter(isTrouble)
    expect(troubled).toEqual([])
  })

  it('never throws, keeps its bounds, and stays fast on hostile text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (text) =>
        readLog(text).entries.every((entry) => entry.lines.length <= 60),
      ),
    )
    const started = performance.now()
    for (const text of [
      `${'a'.repeat(300_000)}\n`.repeat(3),
      'Error at '.repeat(60_000),
      `${' '.repeat(5000)}at x\n`.repeat(100),
      '{"a":'.repeat(50_000),
    ])
      readLog(text)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
