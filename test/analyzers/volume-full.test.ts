import { analyzer } from '../../src/analyzers/volume-full.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'storage')
