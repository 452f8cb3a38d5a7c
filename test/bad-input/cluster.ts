import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import type { FaultEffect } from '../../src/demo/cluster/http/faults.ts'
import { channel } from '../flows/world.ts'
import { each, first, hidden, says, words } from './judge.ts'
import type { Group, Site } from './site.ts'

/** Paths that a client could be talked into: a way out, an encoded one, a query, an option, another host. */
const strange = /\.\.|%2e|%2f|\/\/|[^\x21-\x7e]|--|\?/i

/** Types a line and looks at every request that it led to. */
const asksOnlyPlainPaths = async (site: Site, line: string): Promise<string | undefined> => {
  const before = site.cluster.requests.length
  const answer = await site.typed(line)
  const odd = site.cluster.requests.slice(before).find(({ path }) => strange.test(path))
  return first(words(answer), hidden(answer), odd === undefined ? undefined : `it asked for ${odd.path}`)
}

const names = [
  ['nothing', '""'],
  ['a dot', '.'],
  ['two dots', '..'],
  ['a way out', '../x'],
  ['two segments', 'a/b/c/d'],
  ['encoded dots', '%2e%2e'],
  ['an option', '-n'],
  ['an option with a value', '--server=https://evil.example'],
  ['capitals', 'A_B'],
  ['254 characters', 'a'.repeat(254)],
  ['a dot at the end', 'checkout.'],
  ['a query', 'x?dryRun=All'],
  ['a fragment', 'x#y'],
  ['a space', '"x y"'],
  ['an accent', 'é'],
  ['NUL', 'x\u0000y'],
  ['a line break', '"x\ny"'],
] as const

/** A plan that must not come about; says why where it did, or where nobody was told. */
const noPlan = async (
  site: Site,
  request: Parameters<Site['card']>[1],
  wanted: RegExp,
  workload = site.workload(),
): Promise<string | undefined> => {
  try {
    const card = await site.card(workload, request)
    await site.press(card, 'U0DAN', 'doctor.deny')
    return 'a plan was made of it'
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return first(says(said, wanted), site.writes(workload).length === 0 ? undefined : 'something was written')
  }
}

const onCheckout = (namespace: string, name: string) => ({
  target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name },
})

/** Gives the API server a fault for reads of one Deployment, asks about it, and takes it away again. */
const misread =
  (effect: FaultEffect, path: RegExp = /deployments/) =>
  async (site: Site): Promise<string | undefined> => {
    const workload = site.workload()
    const stop = site.cluster.faults.fail({ path, effect })
    try {
      const answer = await site.typed(`get deploy checkout -n ${workload.namespace}`)
      return first(
        words(answer),
        /could not|cannot|not be read|unread|failed|refused|nobody|did not|not JSON|too many|busy|may not|forbidden|malformed/i.test(
          answer,
        )
          ? undefined
          : `it says ${answer.slice(0, 200)}`,
      )
    } finally {
      stop()
    }
  }

const apply = (site: Site, object: object): void => void site.cluster.store.apply(object as never)
const pod = (name: string, more: object = {}, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'odd', ...metadata },
  spec: { containers: [{ name: 'app', image: 'registry.acme.dev/x:1' }] },
  ...more,
})
const event = (name: string, more: object): object => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `pod.${name}`, namespace: 'odd' },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'odd', name: 'plain' },
  reason: 'Odd',
  message: `odd ${name}`,
  type: 'Warning',
  source: { component: 'test' },
  ...more,
})

/** Puts an object into the cluster and has it shown by several verbs: bounded, with ages that are ages. */
const shown =
  (object: object, ...lines: readonly string[]) =>
  async (site: Site): Promise<string | undefined> => {
    apply(site, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'odd' } })
    try {
      apply(site, object)
    } catch {
      // What admission refuses, a real cluster would not hold either.
      return undefined
    }
    for (const line of lines) {
      const answer = await site.typed(line)
      const problem = first(
        words(answer),
        hidden(answer),
        answer.length < 60_000 ? undefined : `${line}: ${answer.length} characters`,
        /NaN|Infinity|Invalid Date|-\d+(?:s|m|h|d) ago/.test(answer)
          ? `${line}: ${/.{30}(?:NaN|Infinity|Invalid Date|-\d+(?:s|m|h|d) ago)/.exec(answer)?.[0]}`
          : undefined,
      )
      if (problem !== undefined) return problem
    }
    return undefined
  }

const kubeconfig = (site: Site, change: (yaml: string) => string, allowExec = false) => {
  const file = join(site.folder('kubeconfig'), 'config')
  writeFileSync(file, change(site.cluster.kubeconfig('reader')))
  const { contexts, problems } = loadContexts({ kubeconfig: file, contexts: [], allowExec })
  const said = problems.join(' ')
  return first(
    contexts.length === 0 ? undefined : 'it was accepted',
    words(said),
    said.includes(site.cluster.token('reader')) ? 'it tells the token' : undefined,
  )
}

/** Groups 29 to 40: names, numbers and objects of Kubernetes, and servers that misbehave. */
export const clusterGroups: readonly Group[] = [
  {
    number: 29,
    name: 'names of objects',
    tries: [
      ...each(names, (name, site) => asksOnlyPlainPaths(site, `describe pod/${name}`)),
      ...each(names.slice(1, 8), (name, site) => {
        const workload = site.workload()
        const request = onCheckout(workload.namespace, name.replaceAll('"', ''))
        return noPlan(site, request, /not a valid|not a |No plan|does not exist/, workload)
      }),
    ],
  },
  {
    number: 30,
    name: 'names of namespaces',
    tries: [
      ...each(names, (name, site) => asksOnlyPlainPaths(site, `pods -n ${name}`)),
      {
        what: 'a protected namespace',
        run: async (site) => {
          const { seedDeployment } = await import('../doctor/ward.ts')
          seedDeployment(site, 'coredns', 'kube-system')
          return noPlan(site, onCheckout('kube-system', 'coredns'), /protected|kube-system/, {
            namespace: 'kube-system',
            name: 'coredns',
          })
        },
      },
    ],
  },
  {
    number: 31,
    name: 'numbers of replicas',
    tries: [
      ...each<unknown>(
        [
          ['-1', -1],
          ['1.5', 1.5],
          ['1e9', 1e9],
          ['1,001', 1_001],
          ['text', '3'],
          ['null', null],
          ['2^53', 2 ** 53],
          ['a list', [3]],
          ['missing', undefined],
        ],
        (replicas, site) =>
          noPlan(site, { action: 'scale-workload', input: { replicas } }, /replicas|input|number|small|big/i),
      ),
      ...each(
        ['-1', '1.5', '1e9', 'NaN', 'three', '9007199254740993', '0x10'].map(
          (text) => [`typed ${text}`, text] as const,
        ),
        async (text, site) => {
          const { namespace } = site.workload()
          const answer = await site.typed(`scale ${namespace}/checkout ${text}`)
          return says(answer, /whole number|To how many|no option|not/i)
        },
      ),
    ],
  },
  {
    number: 32,
    name: 'quantities',
    tries: each(
      [
        ['cpu 1e400', { limits: { cpu: '1e400' } }],
        ['cpu 0', { limits: { cpu: '0' } }],
        ['cpu -1', { limits: { cpu: '-1' } }],
        ['cpu 100mm', { limits: { cpu: '100mm' } }],
        ['cpu 0.0001', { limits: { cpu: '0.0001' } }],
        ['memory 1Ei', { limits: { memory: '1Ei' } }],
        ['memory 1', { limits: { memory: '1' } }],
        ['memory in small letters', { limits: { memory: '128mi' } }],
        ['memory with a space', { limits: { memory: ' 128Mi' } }],
        ['a number', { limits: { memory: 128 } }],
        ['an unknown resource', { limits: { 'nvidia.com/gpu': '1' } }],
        ['request over limit', { requests: { memory: '1Gi' }, limits: { memory: '64Mi' } }],
        ['nothing', {}],
      ] as const,
      (input, site) =>
        noPlan(site, { action: 'set-resources', input }, /quantity|cpu|memory|resource|limit|Unrecognized|Invalid/i),
    ),
  },
  {
    number: 33,
    name: 'objects beyond all measure',
    tries: [
      {
        what: '250 KB of annotations',
        run: shown(
          pod('heavy', {}, { annotations: { note: 'x'.repeat(250_000) } }),
          'describe pod/heavy -n odd',
          'get pod heavy -n odd -o yaml',
        ),
      },
      {
        what: '300 containers',
        run: shown(
          pod('crowd', {
            spec: { containers: Array.from({ length: 300 }, (_, n) => ({ name: `c${n}`, image: 'x:1' })) },
          }),
          'describe pod/crowd -n odd',
          'pods -n odd',
        ),
      },
      {
        what: 'sixty owners',
        run: shown(
          pod(
            'owned',
            {},
            {
              ownerReferences: Array.from({ length: 60 }, (_, n) => ({
                apiVersion: 'apps/v1',
                kind: 'ReplicaSet',
                name: `r${n}`,
                uid: `u${n}`,
              })),
            },
          ),
          'describe pod/owned -n odd',
          'graph pod/owned -n odd',
        ),
      },
      {
        what: 'an owner that owns itself',
        run: shown(
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            metadata: {
              name: 'ring',
              namespace: 'odd',
              uid: 'ring',
              ownerReferences: [
                { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'ring', uid: 'ring', controller: true },
              ],
            },
            spec: {
              replicas: 1,
              selector: { matchLabels: { a: 'b' } },
              template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'x' }] } },
            },
          },
          'describe rs/ring -n odd',
          'graph rs/ring -n odd',
        ),
      },
    ],
  },
  {
    number: 34,
    name: 'objects on their way',
    tries: [
      {
        what: 'being deleted',
        run: shown(
          pod('going', {}, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['acme.dev/x'] }),
          'describe pod/going -n odd',
          'pods -n odd',
        ),
      },
      {
        what: 'generation ahead of what was observed',
        run: async (site) => {
          const { namespace } = site.workload()
          site.cluster.store.patchStatus('deployments.apps', namespace, 'checkout', {
            status: { observedGeneration: 0 },
          })
          return words(await site.typed(`describe ${namespace}/checkout`))
        },
      },
      {
        what: 'no status',
        run: shown(pod('bare', { status: undefined }), 'describe pod/bare -n odd', 'get pod bare -n odd'),
      },
      { what: 'an empty status', run: shown(pod('empty', { status: {} }), 'describe pod/empty -n odd') },
    ],
  },
  {
    number: 35,
    name: 'resourceVersion',
    tries: each(
      ['0', '', '9'.repeat(40), 'not-a-number', '-1'].map(
        (text) => [text === '' ? 'empty' : text.slice(0, 12), text] as const,
      ),
      async (version, site) => {
        const workload = site.workload()
        const path = `/apis/apps/v1/namespaces/${workload.namespace}/deployments/checkout`
        const object = {
          ...(site.cluster.store.get('deployments.apps', workload.namespace, 'checkout') as unknown as {
            metadata: object
          }),
        }
        const text = JSON.stringify({
          ...object,
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { ...object.metadata, resourceVersion: version },
        })
        const stop = site.cluster.faults.fail({ method: 'GET', path, effect: { kind: 'body', text } })
        try {
          const card = await site.card(workload)
          await site.press(card, 'U0DAN', 'doctor.deny')
          return undefined
        } catch (error) {
          return words(String((error as Error).message))
        } finally {
          stop()
        }
      },
    ),
  },
  {
    number: 36,
    name: 'another object of the same name',
    tries: [
      {
        what: 'after the card was shown',
        run: async (site) => {
          const workload = site.workload()
          const card = await site.card(workload)
          site.cluster.store.delete('deployments.apps', workload.namespace, 'checkout')
          const { seedDeployment } = await import('../doctor/ward.ts')
          seedDeployment(site, 'checkout', workload.namespace)
          await site.press(card, 'U0ANA')
          const { life } = await site.settled(card)
          return first(
            life.state === 'stale' ? undefined : `the plan is ${life.state}`,
            site.writes(workload).length === 0 ? undefined : 'something was written',
          )
        },
      },
      {
        what: 'gone after the card was shown',
        run: async (site) => {
          const workload = site.workload()
          const card = await site.card(workload)
          site.cluster.store.delete('deployments.apps', workload.namespace, 'checkout')
          await site.press(card, 'U0ANA')
          const { life } = await site.settled(card)
          return life.effect === 'none' ? undefined : `the plan is ${life.state}`
        },
      },
    ],
  },
  {
    number: 37,
    name: 'answers of the API server',
    tries: [
      ...each<FaultEffect>(
        [
          [
            'items: null',
            { kind: 'body', text: '{"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{},"items":null}' },
          ],
          [
            'another kind',
            { kind: 'body', text: '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"checkout"}}' },
          ],
          [
            'a Status in a 200',
            {
              kind: 'body',
              text: '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"x"}',
            },
          ],
          ['HTML in a 200', { kind: 'html' }],
          ['half an answer', { kind: 'truncate' }],
          ['no JSON', { kind: 'body', text: '{"kind":' }],
          ['a number', { kind: 'body', text: '1e999' }],
          ['500', { kind: 'status', code: 500 }],
          ['403', { kind: 'status', code: 403 }],
          ['401', { kind: 'status', code: 401 }],
          ['a closed connection', { kind: 'drop' }],
          ['a redirect', { kind: 'redirect', location: 'http://127.0.0.1:9/' }],
          ['too many requests, come back in an hour', { kind: 'status', code: 429, retryAfterSeconds: 3_600 }],
        ],
        (effect, site) => misread(effect)(site),
      ),
    ],
  },
  {
    number: 38,
    name: 'events',
    tries: each(
      [
        ['a count of 2^31', event('many', { count: 2 ** 31, lastTimestamp: new Date().toISOString() })],
        ['no times', event('none', { firstTimestamp: null, lastTimestamp: null, eventTime: null })],
        ['in the future', event('far', { lastTimestamp: '2999-01-01T00:00:00Z' })],
        ['of 1970', event('old', { firstTimestamp: '1970-01-01T00:00:00Z', lastTimestamp: '1970-01-01T00:00:00Z' })],
        ['a negative count', event('less', { count: -5, lastTimestamp: new Date().toISOString() })],
        [
          'a message that steers',
          event('loud', { message: `\u001b[31m${'word '.repeat(200)}\u202e\u0000end <!channel>` }),
        ],
      ] as const,
      (object, site) => shown(object, 'events -n odd')(site),
    ),
  },
  {
    number: 39,
    name: 'images',
    tries: each(
      ['evil.io/x:latest\u202egnp.x', 'x@sha256:0000', 'x:1\u200b', '<!channel>/x', 'a'.repeat(1_000), ''].map(
        (image, n) =>
          [`image ${n + 1}`, pod(`image-${n + 1}`, { spec: { containers: [{ name: 'app', image }] } })] as const,
      ),
      async (object, site) => {
        const { name } = (object as { metadata: { name: string } }).metadata
        const before = site.slack.messages(channel).length
        const problem = await shown(object, `describe pod/${name} -n odd`, `get pod ${name} -n odd -o yaml`)(site)
        const said = JSON.stringify(site.slack.messages(channel).slice(before))
        return problem ?? (said.includes('<!channel>') ? 'a broadcast is alive' : undefined)
      },
    ),
  },
  {
    number: 40,
    name: 'kubeconfig',
    tries: each<(yaml: string) => string>(
      [
        [
          'an exec plugin',
          (yaml) =>
            yaml.replace(
              /token: .*/,
              'exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/true, interactiveMode: Never}',
            ),
        ],
        [
          'insecure-skip-tls-verify',
          (yaml) => yaml.replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true'),
        ],
        ['plain http', (yaml) => yaml.replace('https://', 'http://')],
        ['two contexts of one name', (yaml) => yaml.replace(/(contexts:\n)([\s\S]*)/, '$1$2$2')],
        ['no such context', (yaml) => yaml.replace(/current-context: .*/, 'current-context: nowhere')],
        ['no current context', (yaml) => yaml.replace(/current-context: .*\n/, '')],
        ['a context without its cluster', (yaml) => yaml.replace(/cluster: prod-eu1/, 'cluster: gone')],
        ['a server that is no URL', (yaml) => yaml.replace(/server: .*/, 'server: not a url')],
        ['5 MB', (yaml) => `${yaml}# ${'x'.repeat(5_000_000)}\n`],
        ['not YAML', () => '{{{'],
        ['empty', () => ''],
        ['a list', () => '- a\n- b\n'],
        ['two documents', (yaml) => `${yaml}---\n${yaml}`],
      ],
      async (change, site) => kubeconfig(site, change),
    ),
  },
]
