/** Repositories as data: a name, the folder to render, and its files by path. Each is also given to the real kustomize. */
export type Tree = {
  readonly name: string
  readonly folder: string
  readonly files: Readonly<Record<string, string>>
}

const deployment = `# checkout: owned by @acme/payments
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  labels: {app: checkout}
spec:
  replicas: 2 # one for each zone
  selector:
    matchLabels: {app: checkout}
  template:
    metadata:
      labels: {app: checkout}
    spec:
      serviceAccountName: checkout
      containers:
      - name: app
        image: registry.acme.dev/checkout:1.0.0
        ports:
        - containerPort: 8080
        envFrom:
        - configMapRef: {name: settings}
        env:
        - name: MODE
          value: fast
        - name: TOKEN
          valueFrom: {secretKeyRef: {name: token, key: value}}
        resources:
          limits:
            memory: 256Mi
      - name: proxy
        image: envoy:v1
      volumes:
      - name: settings
        configMap: {name: settings}
`
const service = `apiVersion: v1
kind: Service
metadata:
  name: checkout
spec:
  selector: {app: checkout}
  ports:
  - port: 80
    targetPort: 8080
`
const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: checkout\n'
const base = {
  'base/deployment.yaml': deployment,
  'base/service.yaml': service,
  'base/account.yaml': account,
  'base/kustomization.yaml': 'resources:\n- deployment.yaml\n- service.yaml\n- account.yaml\n',
} as const

const overlay = (kustomization: string, more: Readonly<Record<string, string>> = {}, name = 'overlay'): Tree => ({
  name,
  folder: 'prod',
  files: {
    ...base,
    'prod/kustomization.yaml': kustomization,
    ...Object.fromEntries(Object.entries(more).map(([path, text]) => [`prod/${path}`, text])),
  },
})

/** Every feature that the renderer understands, at least once. */
export const trees: readonly Tree[] = [
  overlay('resources: [../base]\nnamespace: payments\n', {}, 'a namespace'),
  overlay('resources: [../base]\nnamePrefix: blue-\nnameSuffix: -v2\n', {}, 'names'),
  overlay(
    'resources:\n- ../base\nimages:\n- name: registry.acme.dev/checkout\n  newTag: "1.2.0" # released\n- name: envoy\n  newName: registry.acme.dev/envoy\n  digest: sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\n',
    {},
    'images',
  ),
  overlay('resources: [../base]\nreplicas:\n- name: checkout\n  count: 5\n', {}, 'replicas'),
  overlay(
    'resources: [../base]\nlabels:\n- pairs: {team: payments}\n  includeSelectors: true\n- pairs: {tier: one}\ncommonAnnotations: {note: "yes"}\n',
    {},
    'labels and annotations',
  ),
  overlay('resources: [../base]\ncommonLabels: {team: payments}\n', {}, 'commonLabels'),
  overlay(
    'resources: [../base]\npatches:\n- path: memory.yaml\n',
    {
      'memory.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: checkout\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n      - name: app\n        resources:\n          limits:\n            memory: 512Mi # was too small\n        env:\n        - name: MODE\n          $patch: delete\n        - name: EXTRA\n          value: "1"\n      volumes: null\n',
    },
    'a strategic patch in a file',
  ),
  overlay(
    `resources: [../base]
namespace: payments
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: checkout
    spec:
      template:
        spec:
          containers:
          - name: app
            resources:
              limits:
                memory: 300Mi # measured
- target: {kind: Deployment, name: "check.*"}
  patch: |-
    - op: replace
      path: /spec/replicas
      value: 4
    - op: add
      path: /spec/template/spec/containers/0/args
      value: ["--verbose"]
    - op: add
      path: /spec/template/spec/containers/0/env/-
      value: {name: MORE, value: "x"}
    - op: remove
      path: /spec/template/spec/containers/0/ports
`,
    {},
    'inline patches',
  ),
  overlay(
    'resources: [../base]\npatchesStrategicMerge:\n- gone.yaml\npatchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: checkout}\n  path: ops.yaml\n',
    {
      'gone.yaml': '$patch: delete\napiVersion: v1\nkind: Service\nmetadata:\n  name: checkout\n',
      'ops.yaml':
        '- op: test\n  path: /spec/replicas\n  value: 2\n- op: replace\n  path: /spec/replicas\n  value: 7 # seven\n',
    },
    'the older kinds of patches',
  ),
  overlay(
    'resources: [../base]\nnamePrefix: blue-\nconfigMapGenerator:\n- name: settings\n  literals:\n  - LEVEL=info\n  - QUOTED="a b"\n  files: [app.conf, other=app.conf]\n  envs: [env]\nsecretGenerator:\n- name: token\n  literals: [value=s3cret]\n  type: Opaque\n',
    { 'app.conf': 'a = <1>\n', env: '# comment\nPOOL=20\n' },
    'generators with hashes and references',
  ),
  overlay(
    'resources: [../base]\ngeneratorOptions:\n  disableNameSuffixHash: true\n  labels: {made: here}\nconfigMapGenerator:\n- name: settings\n  literals: [A=1]\n',
    {},
    'generators without hashes',
  ),
  {
    name: 'a merged generator and a component',
    folder: 'prod',
    files: {
      ...base,
      'base/kustomization.yaml': `${base['base/kustomization.yaml']}configMapGenerator:\n- name: settings\n  literals: [A=1, B=2]\n`,
      'debug/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - {op: replace, path: /spec/replicas, value: 9}\n',
      'prod/kustomization.yaml':
        'resources: [../base]\ncomponents: [../debug]\nconfigMapGenerator:\n- name: settings\n  behavior: merge\n  literals: [B=3]\n',
    },
  },
  overlay(
    `resources: [../base, settings.yaml]
namePrefix: blue-
replacements:
- source: {kind: ConfigMap, name: settings, fieldPath: data.mode}
  targets:
  - select: {kind: Deployment, name: checkout}
    fieldPaths:
    - spec.template.spec.containers.[name=app].env.[name=MODE].value
- source: {kind: ConfigMap, name: settings, fieldPath: data.port}
  targets:
  - select: {kind: Deployment}
    fieldPaths: [spec.template.spec.containers.0.ports.0.containerPort]
  - select: {version: v1, kind: Service, name: checkout}
    fieldPaths: [spec.ports.*.targetPort]
- source: {group: apps, kind: Deployment, name: checkout}
  targets:
  - select: {kind: Service}
    fieldPaths: ["metadata.annotations.[acme.dev/for]", 'metadata.annotations.acme\\.dev/too']
    options: {create: true}
- path: tag.yaml
`,
    {
      'settings.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: slow, port: "9090", image: "registry.acme.dev/checkout:2.0.0"}\n',
      'tag.yaml':
        '- source: {kind: ConfigMap, name: settings, fieldPath: data.image, options: {delimiter: ":", index: 1}}\n  targets:\n  - select: {kind: Deployment}\n    reject:\n    - name: other\n    fieldPaths: ["spec.template.spec.containers.[name=proxy].image"]\n    options: {delimiter: ":", index: 1}\n',
    },
    'replacements',
  ),
  {
    name: 'overlays on overlays, and a list',
    folder: 'prod',
    files: {
      ...base,
      'middle/kustomization.yaml': 'resources: [../base]\nnamePrefix: m-\nreplicas:\n- {name: checkout, count: 3}\n',
      'prod/kustomization.yaml':
        'resources: [../middle, extra.yaml]\nnamespace: payments\npatches:\n- path: p.yaml\n- target: {labelSelector: "app=checkout"}\n  patch: |-\n    - {op: add, path: /metadata/annotations, value: {x: z}}\n',
      'prod/p.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: m-checkout}\nspec: {paused: true}\n',
      'prod/extra.yaml':
        'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {A: "1"}}\n- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: []}\n',
    },
  },
]

/** The shapes of the base, for tests that make trees of their own. */
export const shapes = { base, deployment, service } as const
