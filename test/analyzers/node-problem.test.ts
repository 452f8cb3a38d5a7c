import { analyzer } from '../../src/analyzers/node-problem.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'nodes')
