import { analyzer } from '../../src/analyzers/node-pressure.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'nodes')
