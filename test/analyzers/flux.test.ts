import { analyzer } from '../../src/analyzers/flux.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'delivery')
