import { at, textAt } from '../domain/at.ts'
import { type Answer, text } from '../domain/document.ts'
import { checkedManifest } from '../domain/manifest.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { parseManifest } from './asking/manifest.ts'
import { placeOf } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'apply',
  aliases: ['create'],
  summary: 'plan to make or change an object from YAML in a code block',
  usage: '[-n NAMESPACE] ```YAML```',
  examples: ['apply -n shop ```apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  mode: fast```'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const place = placeOf(context, args)
      if (isRefusal(place)) return place
      if (args.block === undefined) return howTo(place.reader.name)
      const [word] = args.words
      if (word !== undefined)
        return refused('usage', `apply takes one code block and options, not “${word.slice(0, 60)}”.`)
      const value = parseManifest(args.block)
      if (isRefusal(value)) return value
      const { namespace } = place
      const metadata = (at(value, 'metadata') ?? {}) as object
      const manifest =
        textAt(metadata, 'namespace') === undefined && namespace !== undefined
          ? { ...value, metadata: { ...metadata, namespace } }
          : value
      const checked = checkedManifest(manifest)
      if (isRefusal(checked))
        return checked.code === 'namespace-invalid' && textAt(manifest, 'metadata', 'namespace') === undefined
          ? refused('usage', 'In which namespace? Write it into the manifest or add -n NAMESPACE.')
          : checked
      return app.plan({
        cluster: place.reader.name,
        action: 'apply-object',
        target: checked.ref,
        input: { manifest },
        reason: { summary: `Apply ${refText(checked.ref)} as given`, evidence: [] },
      })
    }),
}

const howTo = (cluster: string): Answer => ({
  status: 'usage',
  document: [
    text(
      'Put the YAML of one object into a code block after the command, three backticks before and after it, or write it here:',
    ),
    { kind: 'button', label: 'Write YAML', action: 'doctor.apply', value: cluster },
  ],
})
