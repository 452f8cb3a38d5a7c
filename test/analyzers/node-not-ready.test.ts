import { analyzer } from '../../src/analyzers/node-not-ready.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'nodes')
