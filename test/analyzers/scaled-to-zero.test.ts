import { analyzer } from '../../src/analyzers/scaled-to-zero.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'controllers')
