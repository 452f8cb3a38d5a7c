import { analyzer } from '../../src/analyzers/host-aliases.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'pinned-names')
