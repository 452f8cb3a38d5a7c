import { analyzer } from '../../src/analyzers/image-pull.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'images')
